-- _room: the room in the middle of a batch: numbers handed out, who was called and has not come yet.
-- A call is packed as {from, to, instant, open}.
-- Places from … to-1 were called, of which `open` buyers have not come; it counts for
-- cfg.claim_ms. Calls are kept packed in one field of the room, the oldest first.
-- A place is kept as its number: after '-' once it was used or given up, and before ' n' where n was the lobby number of a buyer
-- who joined again after the draw (the roster of the draw stays whole).
local FROM, TO, AT, OPEN = 1, 2, 3, 4
local calls, serving, tail, lobby, gap_from, gap_to
local drawn = false
local room_set = false

local function read_room(room)
  local fields = redis.call('HMGET', room, 'serving', 'tail', 'calls', 'lobby', 'secret', 'gap_from', 'gap_to')
  serving, tail = tonumber(fields[1]) or 0, tonumber(fields[2]) or 0
  calls = fields[3] and cmsgpack.unpack(fields[3]) or {}
  lobby, drawn = tonumber(fields[4]), fields[5] and true or false
  gap_from, gap_to = tonumber(fields[6]) or 0, tonumber(fields[7]) or 0
end

-- How many were called, may still come, and have not.
local function called()
  local open = 0
  for _, call in ipairs(calls) do
    if call[AT] + cfg.claim_ms > now then
      open = open + call[OPEN]
    end
  end
  return open
end

-- Whether the call of this place still counts; if so it is taken up.
local function answer_call(place)
  for i = #calls, 1, -1 do
    local call = calls[i]
    if call[FROM] <= place and place < call[TO] and call[OPEN] > 0 and call[AT] + cfg.claim_ms > now then
      call[OPEN] = call[OPEN] - 1
      room_set = true
      return true
    end
  end
  return false
end

local function number_in(place)
  return tonumber(string.match(place, '%d+'))
end

local function is_used(place)
  return string.byte(place) == 45
end

-- The place of a number, as the caller works it out; -1 says that the caller knows of no draw: nil when there was one.
local function place_in(number, place)
  if place >= 0 then
    return place
  end
  return not (drawn and number < (lobby or 0)) and number or nil
end

local function write_room(room, gone)
  if room_set then
    redis.call('HSET', room, 'serving', serving, 'tail', tail, 'calls', cmsgpack.pack(calls))
    room_news.tail, room_news.serving = tail, serving
    count_news.waiting = math.max(0, tail - serving - redis.call('ZCARD', gone))
  end
end
