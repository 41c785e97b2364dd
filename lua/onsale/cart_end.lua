-- cart_end: leave: give up the place, and the cart with all it holds.
-- KEYS[1] sale    hash    the sale's state, settings and counters
-- KEYS[2] feed    channel what changed is published here
-- KEYS[3] seats   string  2 bits per seat
-- KEYS[4] pools   hash    pool -> free units
-- KEYS[5] carts   hash    buyer -> packed cart
-- KEYS[6] due     zset    buyer scored by the deadline of an open cart
-- KEYS[7] ended   zset    buyer scored by the instant the cart ended
-- KEYS[8] seen    zset    buyer scored by the instant last seen
-- KEYS[9] ends    hash    cart id -> packed {buyer, reason, instant, order, seats, units, has held, opened}, until that was written down
-- KEYS[10] room   hash    numbers handed out, admission, calls
-- KEYS[11] places hash    buyer -> number, after '-' once it was used
-- KEYS[12] back   zset    buyers that missed their turn and came back, scored by place
-- KEYS[13] gone   zset    waiting buyers that left, scored by place
-- KEYS[14] returned zset  buyers that came back after Redis was lost, scored by place
-- ARGV[1] packed items, each {buyer, number or -1, its place or -1}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"left"} | {"place", number, 1 if the draw was held}: ask again with the place of this number
--   | {"cart_locked"} | {"lost"}
-- A refused item writes nothing. Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_cart.lua
-- include: onsale/_room.lua
local ROOM, PLACES, BACK, GONE, RETURNED = KEYS[10], KEYS[11], KEYS[12], KEYS[13], KEYS[14]
begin()
read_room(ROOM)

local function leave(buyer, number, place)
  local cart = cart_of(buyer)
  if cart and cart[STATE] == 'locked' then
    return { 'cart_locked' }
  end
  local known = redis.call('HGET', PLACES, buyer)
  if known and not is_used(known) then
    if number_in(known) ~= number then
      return { 'place', number_in(known), drawn and 1 or 0 }
    end
    place = place_in(number, place)
    if not place then
      return { 'place', number, 1 }
    end
    redis.call('HSET', PLACES, buyer, '-' .. known)
    redis.call('ZREM', BACK, buyer)
    redis.call('ZREM', RETURNED, buyer)
    if place >= serving then
      redis.call('ZADD', GONE, place, buyer)
    else
      answer_call(place)
    end
    room_set = true
  end
  if cart and cart[STATE] == 'open' then
    end_cart(buyer, cart, 'left')
    noted[#noted + 1] = buyer -- tabs and devices of the buyer that did not ask for it
  end
  return { 'left' }
end

local verdicts = {}
for i = 1, #items do
  verdicts[i] = leave(unpack(items[i]))
end
write_room(ROOM, GONE)
return finish(verdicts)
