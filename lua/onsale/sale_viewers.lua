-- sale_viewers: a process tells how many watch the sale through it.
-- KEYS[1] sale    hash    the sale's state, settings and counters
-- KEYS[2] feed    channel what changed is published here
-- KEYS[3] viewers hash    process -> 'viewers:instant'
-- ARGV[1] packed items, each {process, viewers, ms after which a silent process no longer counts}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"viewers", viewers in all} | {"lost"}
-- When lost, nothing is written.
-- include: onsale/_call.lua
local VIEWERS = KEYS[3]
local verdicts = {}
local function all_viewers(counts_ms)
  local sum, told = 0, redis.call('HGETALL', VIEWERS)
  for i = 1, #told, 2 do
    local count, at = string.match(told[i + 1], '^(%d+):(%d+)$')
    if tonumber(at) + counts_ms > now then
      sum = sum + tonumber(count)
    else
      redis.call('HDEL', VIEWERS, told[i])
    end
  end
  return sum
end

for i = 1, #items do
  local process, viewers, counts_ms = unpack(items[i])
  redis.call('HSET', VIEWERS, process, string.format('%.0f:%.0f', viewers, now))
  verdicts[i] = { 'viewers', all_viewers(counts_ms) }
end
local sum = verdicts[#verdicts][2]
if redis.call('HGET', SALE, 'viewers') ~= tostring(sum) then
  redis.call('HSET', SALE, 'viewers', sum)
  count_news.viewers = sum
end
publish()
return cmsgpack.pack(verdicts)
