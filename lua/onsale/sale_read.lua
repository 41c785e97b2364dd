-- sale_read: everything a watcher starts from, in one atomic step.
-- KEYS[1] sale    hash    the sale's state, settings and counters
-- KEYS[2] seats   string  2 bits per seat
-- KEYS[3] pools   hash    pool -> free units
-- KEYS[4] room    hash    numbers handed out, admission, calls
-- KEYS[5] gone    zset    places that left while waiting
-- KEYS[6] viewers hash    process -> 'viewers:instant'
-- ARGV[1] ms after which the viewers of a silent process no longer count
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns {sale as field, value, …; seats; pools as field, value, …; room as field, value, …; {viewers, gone, now}}, or {} when lost.
-- Nothing is written.
local sale = redis.call('HGETALL', KEYS[1])
if not sale[1] then
  return {}
end
local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local viewers = 0
for i, value in ipairs(redis.call('HGETALL', KEYS[6])) do
  local count, at = string.match(value, '^(%d+):(%d+)$')
  if i % 2 == 0 and tonumber(at) + tonumber(ARGV[1]) > now then
    viewers = viewers + tonumber(count)
  end
end
return {
  sale, redis.call('GET', KEYS[2]) or '', redis.call('HGETALL', KEYS[3]), redis.call('HGETALL', KEYS[4]),
  { viewers, redis.call('ZCARD', KEYS[5]), now },
}
