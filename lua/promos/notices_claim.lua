-- notices_claim: claim one notice a day for everybody who may be told of a promo window and was not told anything today.
-- KEYS[1] ready    hash    present once the audience was built
-- KEYS[2] where    string  20 bytes per profile
-- KEYS[3] told     bitmap  who may be told of the organizer's offers
-- KEYS[4] pending  hash    claim id -> packed answer, until Postgres has it
-- KEYS[5…] segments bitmaps, then one bitmap per local day, then cells: as many of each as ARGV[1] says
-- ARGV[1] packed ask: {claim id, latitude, longitude, radius m, segments, days, {zone -> index of its day}, first cell, first entry, entries max, kept ms}
-- A claim is packed as {verdict, numbers by day, eligible, next cell, next entry}.
-- Returns a packed claim.
-- Verdicts: "claimed" | "again" (this claim id still waits for Postgres: the same answer) | "lost"
-- Entries max bounds what one call looks at; next cell 0 says that all cells were looked at.
-- include: segments/_where.lua
-- include: promos/_distance.lua
-- include: promos/_bits.lua
local SETS_PER_CALL = 1000
local id, lat, lon, radius_m, segments, days, day_of_zone, cell, entry, entries_max, kept_ms =
  unpack(cmsgpack.unpack(ARGV[1]))
if redis.call('EXISTS', KEYS[1]) == 0 then
  return cmsgpack.pack({ 'lost', {}, 0, 0, 0 })
end
local before = redis.call('HGET', KEYS[4], id)
if before then
  local answer = cmsgpack.unpack(before)
  answer[1] = 'again'
  return cmsgpack.pack(answer)
end

local told_to = bitmap_of(KEYS[3])
local members, told, fresh = {}, {}, {}
for at = 1, segments do
  members[at] = bitmap_of(KEYS[4 + at])
end
for at = 1, days do
  told[at] = bitmap_of(KEYS[4 + segments + at])
  fresh[at] = {}
end
local first_cell_key = 4 + segments + days

local function belongs(page, at, mask)
  for segment = 1, segments do
    if has_bit(members[segment], page, at, mask) then
      return true
    end
  end
  return segments == 0
end

local looked, eligible, claimed, seen = 0, 0, 0, {}
local function look_at(number)
  local page, at, mask = spot_of(number)
  if seen[number] or not has_bit(told_to, page, at, mask) or not belongs(page, at, mask) then
    return
  end
  seen[number] = true
  local his_lat, his_lon, located, _, zone = where_of(KEYS[2], number)
  local day = day_of_zone[zone]
  if not day or located == 0 or distance_m(lat, lon, his_lat, his_lon) > radius_m then
    return
  end
  eligible = eligible + 1
  if not has_bit(told[day], page, at, mask) then
    fresh[day][#fresh[day] + 1] = number
    claimed = claimed + 1
  end
end

local cells = #KEYS - first_cell_key
while cell > 0 and looked < entries_max do
  local wanted = entries_max - looked
  local entries = redis.call('GETRANGE', KEYS[first_cell_key + cell], entry * 4, (entry + wanted) * 4 - 1)
  local got = floor(#entries / 4)
  for at = 0, got - 1 do
    look_at(struct.unpack('>I4', entries, at * 4 + 1))
  end
  looked = looked + got
  if got < wanted then
    cell = cell < cells and cell + 1 or 0
    entry = 0
  else
    entry = entry + got
  end
end

for day = 1, days do
  local key, numbers = KEYS[4 + segments + day], fresh[day]
  for first = 1, #numbers, SETS_PER_CALL do
    local sets = {}
    for at = first, math.min(first + SETS_PER_CALL - 1, #numbers) do
      sets[#sets + 1] = 'SET'
      sets[#sets + 1] = 'u1'
      sets[#sets + 1] = numbers[at]
      sets[#sets + 1] = 1
    end
    redis.call('BITFIELD', key, unpack(sets))
  end
  if #numbers > 0 then
    redis.call('PEXPIRE', key, kept_ms)
  end
end
local answer = cmsgpack.pack({ 'claimed', fresh, eligible, cell, entry })
if claimed > 0 then
  redis.call('HSET', KEYS[4], id, answer)
end
return answer
