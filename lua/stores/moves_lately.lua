-- moves_lately: which sales were noted to move within such a time before now.
-- KEYS[1] moves  zset  sale scored by the instant it was last noted
-- ARGV[1] milliseconds
-- Returns the sales, those that moved first before the others.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call('ZRANGEBYSCORE', KEYS[1], now - ARGV[1], '+inf')
