-- rate_take: take sends of a channel out of its bucket, as many as there are.
-- KEYS[1] rate  hash  left, at_ms
-- ARGV[1] packed items, each {wanted, per second, burst}
-- Returns packed answers, one per item: {granted, ms until the next one is there}
local now = redis.call('TIME')
local now_ms = now[1] * 1000 + math.floor(now[2] / 1000)
local answers = {}
for at, item in ipairs(cmsgpack.unpack(ARGV[1])) do
  local wanted, per_second, burst = unpack(item)
  local known = redis.call('HMGET', KEYS[1], 'left', 'at_ms')
  local left = tonumber(known[1]) or burst
  local since_ms = math.max(0, now_ms - (tonumber(known[2]) or now_ms))
  left = math.min(burst, left + since_ms * per_second / 1000)
  local granted = math.min(wanted, math.floor(left))
  left = left - granted
  redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left), 'at_ms', string.format('%.0f', now_ms))
  redis.call('PEXPIRE', KEYS[1], 3600000)
  answers[at] = { granted, left >= 1 and 0 or math.ceil((1 - left) * 1000 / per_second) }
end
return cmsgpack.pack(answers)
