-- persons_read: what is known of persons, in one step.
-- KEYS[1] ready     hash    present once the audience was built
-- KEYS[2] where     string  20 bytes per person
-- KEYS[3] consent   bitmap
-- KEYS[4…] segments bitmaps
-- ARGV[1] packed items, each a person number
-- Returns packed answers, one per item: "lost", or {latitude, longitude, located s, accuracy m, zone, consent, {indexes of segments}}
-- include: segments/_where.lua
local items = cmsgpack.unpack(ARGV[1])
local answers = {}
local ready = redis.call('EXISTS', KEYS[1]) == 1
for at, number in ipairs(items) do
  if not ready then
    answers[at] = 'lost'
  else
    local lat, lon, located, accuracy, zone = where_of(KEYS[2], number)
    local segments = {}
    for key = 4, #KEYS do
      if redis.call('GETBIT', KEYS[key], number) == 1 then
        segments[#segments + 1] = key - 4
      end
    end
    answers[at] = { lat, lon, located, accuracy, zone, redis.call('GETBIT', KEYS[3], number), segments }
  end
end
return cmsgpack.pack(answers)
