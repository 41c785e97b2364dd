-- _room: who was called and has not come yet.
-- A call is {from, to, instant, open}: places from … to-1 were called, of which `open` buyers have not come; it counts for
-- cfg.claim_ms. Calls are kept packed in one field of the room, the oldest first.
local FROM, TO, AT, OPEN = 1, 2, 3, 4
local calls, serving, tail
local room_set = false

local function read_room(room)
  local fields = redis.call('HMGET', room, 'serving', 'tail', 'calls')
  serving, tail = tonumber(fields[1]) or 0, tonumber(fields[2]) or 0
  calls = fields[3] and cmsgpack.unpack(fields[3]) or {}
end

-- How many were called, may still come, and have not.
local function called(at)
  local open = 0
  for _, call in ipairs(calls) do
    if call[AT] + cfg.claim_ms > at then
      open = open + call[OPEN]
    end
  end
  return open
end

-- A place is kept as its number, after '-' once it was used, and before ' n' where n was the buyer's number in the lobby.
local function number_in(place)
  return tonumber(string.match(place, '%d+'))
end

local function write_room(room)
  if room_set then
    redis.call('HSET', room, 'serving', serving, 'tail', tail, 'calls', cmsgpack.pack(calls))
  end
end
