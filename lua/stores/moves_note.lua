-- moves_note: note that sales moved, and forget those that have not for long.
-- KEYS[1] moves  zset  sale scored by the instant it was last noted
-- ARGV[1] packed sales
-- ARGV[2] milliseconds after which a sale is forgotten
-- Returns how many are noted.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, sale in ipairs(cmsgpack.unpack(ARGV[1])) do
  redis.call('ZADD', KEYS[1], now, sale)
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
return redis.call('ZCARD', KEYS[1])
