-- guess_take: count a try at a secret before it is looked at; after some wrong ones each wait is twice as long as the last.
-- KEYS[1…] tries string a guess, packed
-- A guess is packed as {tries that were not right, instant from which the next one is taken}.
-- ARGV[1] packed items, each {index of its tries, 1: try | 0: the last one was right}
-- ARGV[2] packed {tries that are free, the first wait in ms, the longest wait in ms, how long tries are remembered in ms}
-- ARGV[3] the instant in ms for tests, '' for the clock of the store
-- Returns packed answers, one per item: {"taken" | "wait", ms to wait}
-- A refused item counts nothing: whoever waits as told is taken. A try that was right clears what was counted before it.
local items, rules = cmsgpack.unpack(ARGV[1]), cmsgpack.unpack(ARGV[2])
local free, wait_ms, wait_ms_max, kept_ms = rules[1], rules[2], rules[3], rules[4]
local now = tonumber(ARGV[3])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local COUNT, NEXT_AT = 1, 2
local tries, counted = {}, {}
for at, packed in ipairs(redis.call('MGET', unpack(KEYS))) do
  tries[at] = packed and cmsgpack.unpack(packed) or { 0, 0 }
end

local function take(at)
  local known = tries[at]
  if now < known[NEXT_AT] then
    return { 'wait', known[NEXT_AT] - now }
  end
  known[COUNT] = known[COUNT] + 1
  if known[COUNT] >= free then
    known[NEXT_AT] = now + math.min(wait_ms_max, wait_ms * 2 ^ math.min(known[COUNT] - free, 40))
  end
  counted[at] = true
  return { 'taken', 0 }
end

local answers = {}
for i, item in ipairs(items) do
  if item[2] == 0 then
    tries[item[1]], counted[item[1]] = { 0, 0 }, true
    answers[i] = { 'taken', 0 }
  else
    answers[i] = take(item[1])
  end
end
for at in pairs(counted) do
  if tries[at][COUNT] == 0 then
    redis.call('DEL', KEYS[at])
  else
    redis.call('SET', KEYS[at], cmsgpack.pack(tries[at]), 'PX', kept_ms)
  end
end
return cmsgpack.pack(answers)
