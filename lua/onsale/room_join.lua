-- room_join: give buyers a place in the room, each the next number; the same buyer keeps the same place.
-- KEYS[1] sale    hash    the sale's state, settings and counters
-- KEYS[2] feed    channel what changed is published here
-- KEYS[3] room    hash    numbers handed out, admission, calls
-- KEYS[4] places  hash    buyer -> number, after '-' once it was used
-- KEYS[5] carts   hash    buyer -> packed cart
-- KEYS[6] gone    zset    waiting buyers that left, scored by place
-- KEYS[7] returned zset   buyers that came back after Redis was lost, scored by place
-- KEYS[8] spent   zset    challenges that were spent, scored by the instant each ends
-- ARGV[1] packed items, each {buyer, number signed for this buyer or -1, its place or -1, how many numbers the asker knows to be given, what is brought}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"joined" | "again", number, 1 if the draw was held}
--   | {"place", number, 1}: ask again with the place of this number | {"sale_not_open"} | {"sale_closed"} | {"lost"}
--   | {"challenge_needed"} | {"contact_needed"} | {"account_needed"} | {"not_in_segment"} | {"entry_code_needed"} | {"entry_code_wrong"}: what the sale asks for a new number was not brought
-- A signed number that Redis does not know (it lost it) counts again, and the next numbers lie above it and above what askers know.
-- A used place is given back to a buyer whose cart lives, or who left the lobby; otherwise joining again means the end of the line.
-- Nobody gets a new number from another server than the one the sale was written on: it may have been given before.
-- A refused item writes nothing. A challenge is spent with the number it pays for; who has a place needs none.
-- include: onsale/_call.lua
-- include: onsale/_room.lua
-- include: onsale/_store.lua
local ROOM, PLACES, CARTS, GONE, RETURNED, SPENT = KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
-- include: onsale/_entry.lua
read_room(ROOM)
local in_lobby = state == 'lobby' and not lobby
local digest = redis.call('HGET', ROOM, 'digest') or ''
local buyers, known = {}, {}
for i = 1, #items do
  buyers[i] = items[i][1]
end
for i, place in ipairs(read_many(PLACES, buyers)) do
  known[buyers[i]] = place
end
local places_set, returned = {}, {}
local elsewhere

local function set_place(buyer, place)
  known[buyer] = place
  places_set[#places_set + 1] = buyer
  places_set[#places_set + 1] = place
end

-- After a loss the room does not know who waits in the gap of numbers; those who come back tell it.
local function note_return(buyer, place)
  if gap_to > 0 and (in_lobby or (gap_from <= place and place < gap_to)) then
    returned[#returned + 1] = place
    returned[#returned + 1] = buyer
  end
end

-- Askers remember numbers that Redis lost; the gap of those who may come back reaches to them, unless others stand between.
local function skip_given()
  local given = tail
  for i = 1, #items do
    given = math.max(given, items[i][4])
  end
  if given > tail then
    if gap_to <= serving then
      gap_from, gap_to = tail, tail
    end
    if gap_to == tail then
      gap_to = given
      redis.call('HSET', ROOM, 'gap_from', gap_from, 'gap_to', gap_to)
    end
    tail = given
  end
end

-- The first number of those that are joined alike is kept: who has a smaller one is asked anew once it is their turn.
local entry_noted
local function note_entry(number)
  if PHASES and not entry_noted then
    entry_noted = true
    if (entered.same_entry or 0) > 1 then
      redis.call('HSETNX', ROOM, 'entry:' .. entered.same_entry, number)
    end
  end
end

-- nil, and why, when none may be given: before the sale is rebuilt, or because of what is brought.
local function next_number(buyer, brought)
  if elsewhere == nil then
    elsewhere = is_elsewhere(SALE)
    if not elsewhere then
      skip_given()
    end
  end
  local refusal = elsewhere and 'lost' or entry_refusal(brought)
  if refusal then
    return nil, refusal
  end
  local number = tail
  note_entry(number)
  tail = tail + 1
  room_set = true
  if in_lobby then
    digest = redis.sha1hex(digest .. buyer)
    note_return(buyer, number)
  end
  return number
end

local function has_live_cart(buyer)
  local packed = redis.call('HGET', CARTS, buyer)
  local cart = packed and cmsgpack.unpack(packed)
  return cart and cart[2] ~= 'ended' and (cart[2] == 'locked' or cart[3] > now)
end

local function join_again(buyer, place, brought)
  if not is_used(place) or has_live_cart(buyer) then
    return { 'again', number_in(place), drawn and 1 or 0 }
  end
  local lobby_number = string.match(place, ' (%d+)$') or string.match(place, '%d+')
  if in_lobby then
    set_place(buyer, lobby_number)
    redis.call('ZREM', GONE, buyer)
    room_set = true
    return { 'again', tonumber(lobby_number), drawn and 1 or 0 }
  end
  local number, refusal = next_number(buyer, brought)
  if not number then
    return { refusal }
  end
  set_place(buyer, tonumber(lobby_number) < (lobby or 0) and number .. ' ' .. lobby_number or tostring(number))
  return { 'joined', number, drawn and 1 or 0 }
end

local function join(buyer, signed, place, brought)
  if known[buyer] then
    return join_again(buyer, known[buyer], brought)
  end
  if signed >= 0 then
    place = place_in(signed, place)
    if not place then
      return { 'place', signed, 1 }
    end
    set_place(buyer, tostring(signed))
    tail = math.max(tail, signed + 1)
    room_set = true
    note_return(buyer, place)
    return { 'again', signed, drawn and 1 or 0 }
  end
  local number, refusal = next_number(buyer, brought)
  if not number then
    return { refusal }
  end
  set_place(buyer, tostring(number))
  return { 'joined', number, drawn and 1 or 0 }
end

local closed = { scheduled = 'sale_not_open', closed = 'sale_closed', ended = 'sale_closed' }
local verdicts = {}
for i = 1, #items do
  if closed[state] then
    verdicts[i] = { closed[state] }
  else
    verdicts[i] = join(items[i][1], items[i][2], items[i][3], items[i][5])
  end
end
call_many('HSET', PLACES, places_set, 2)
call_many('ZADD', RETURNED, returned, 2)
write_room(ROOM, GONE)
if room_set and in_lobby then
  redis.call('HSET', ROOM, 'digest', digest)
end
publish()
return cmsgpack.pack(verdicts)
