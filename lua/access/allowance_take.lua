-- allowance_take: take from the allowances of networks, each item from all of its buckets or from none.
-- KEYS[1…] buckets string a bucket, packed
-- A bucket is packed as {how much is used, instant of that, instant promised to whoever was told to wait last}.
-- ARGV[1] packed items, each {units: 0 only looks, below 0 gives back; {index of a bucket, units per second, units at once, …}}
-- ARGV[2] the longest wait in ms that is told
-- ARGV[3] the instant in ms for tests, '' for the clock of the store
-- Returns packed answers, one per item: {"taken" | "wait", ms to wait, thousandths of the fullest bucket that are used}
-- A refused item takes nothing. Each one that has to wait is told an instant of its own, so that they do not all come back at once.
-- A batch asked again after a lost reply takes twice: an allowance errs towards waiting.
local items, wait_ms_max = cmsgpack.unpack(ARGV[1]), tonumber(ARGV[2])
local now = tonumber(ARGV[3])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local USED, AT, PROMISED = 1, 2, 3
local buckets, full_again_ms = {}, {}
for at, packed in ipairs(redis.call('MGET', unpack(KEYS))) do
  buckets[at] = packed and cmsgpack.unpack(packed) or { 0, now, 0 }
end

local function refill(bucket, per_second)
  bucket[USED] = math.max(0, bucket[USED] - math.max(0, now - bucket[AT]) * per_second / 1000)
  bucket[AT] = now
end

-- The instant to come back at; the next one who is refused comes after that.
local function promise(bucket, lacking, per_second)
  local at = math.min(math.max(bucket[PROMISED], now + math.ceil(lacking * 1000 / per_second)), now + wait_ms_max)
  bucket[PROMISED] = at + math.ceil(1000 / per_second)
  return at
end

local function take(units, levels)
  local back_at, fullest, short = now, 0, {}
  for i = 1, #levels, 3 do
    local bucket, per_second, burst = buckets[levels[i]], levels[i + 1], levels[i + 2]
    refill(bucket, per_second)
    if bucket[USED] + math.max(units, 1) > burst then
      short[#short + 1] = i
    end
    fullest = math.max(fullest, bucket[USED] / burst)
  end
  for _, i in ipairs(short) do
    local bucket = buckets[levels[i]]
    back_at = math.max(back_at, promise(bucket, bucket[USED] + math.max(units, 1) - levels[i + 2], levels[i + 1]))
  end
  for i = 1, #levels, 3 do
    local bucket = buckets[levels[i]]
    if not short[1] then
      bucket[USED] = math.max(0, bucket[USED] + units)
    end
    full_again_ms[levels[i]] = math.ceil(bucket[USED] * 1000 / levels[i + 1])
  end
  return { short[1] and 'wait' or 'taken', back_at - now, math.min(1000, math.floor(fullest * 1000)) }
end

local answers = {}
for i, item in ipairs(items) do
  answers[i] = take(item[1], item[2])
end
for at, ms in pairs(full_again_ms) do
  if ms > 0 then
    redis.call('SET', KEYS[at], cmsgpack.pack(buckets[at]), 'PX', ms)
  end
end
return cmsgpack.pack(answers)
