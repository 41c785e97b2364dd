-- bits_put: set and clear bits of several bitmaps in one step.
-- KEYS[1…] bitmaps
-- ARGV[1] packed items, each {index of the bitmap, bit, person numbers}
-- Returns packed counts, one per item: how many bits changed
local counts = {}
for at, item in ipairs(cmsgpack.unpack(ARGV[1])) do
  local changed = 0
  for _, number in ipairs(item[3]) do
    if redis.call('SETBIT', KEYS[item[1]], number, item[2]) ~= item[2] then
      changed = changed + 1
    end
  end
  counts[at] = changed
end
return cmsgpack.pack(counts)
