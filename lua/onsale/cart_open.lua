-- cart_open: let buyers in whose turn it is, and open their carts; a live cart is answered as it is.
-- KEYS[1] sale    hash    the sale's state, settings and counters
-- KEYS[2] feed    channel what changed is published here
-- KEYS[3] seats   string  2 bits per seat
-- KEYS[4] pools   hash    pool -> free units
-- KEYS[5] carts   hash    buyer -> packed cart
-- KEYS[6] due     zset    buyer scored by the deadline of an open cart
-- KEYS[7] ended   zset    buyer scored by the instant the cart ended
-- KEYS[8] seen    zset    buyer scored by the instant last seen
-- KEYS[9] ends    hash    cart id -> packed {buyer, reason, instant, order, seats, units, has held, opened}, until that was written down
-- KEYS[10] buyers hash    buyer -> seats and units bought
-- KEYS[11] room   hash    numbers handed out, admission, calls
-- KEYS[12] places hash    buyer -> number, after '-' once it was used
-- KEYS[13] back   zset    buyers that missed their turn and came back, scored by place
-- KEYS[14] gone   zset    waiting buyers that left, scored by place
-- KEYS[15] spent   zset    challenges that were spent, scored by the instant each ends
-- ARGV[1] packed items, each {buyer, new cart id, number or -1, its place or -1, what is brought}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"cart", id, state, deadline, order, seats, units, end reason, bought, now, opened, 1 if opened by this call}
--   | {"place", number, 1 if the draw was held}: ask again with the place of this number
--   | {"not_your_turn", {place, serving}} | {"turn_missed"} | {"no_place"} | {"cart_ended"}
--   | {"sale_not_open"} | {"sale_paused"} | {"sale_closed"} | {"lost"}
--   | {"uncounted"}: in a sale without a room a new cart is counted like a place; count, and ask again
--   | {"challenge_needed"} | {"contact_needed"} | {"account_needed"} | {"not_in_segment"} | {"entry_code_needed"} | {"entry_code_wrong"}: what such a sale asks for a new cart was not brought;
--     with a room, for a place that was joined while the sale was entered otherwise
--   | {"between_phases", when the next begins or 0}
-- A refused item writes nothing, except that a buyer who missed the turn is put in line for the next free slot. Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_cart.lua
-- include: onsale/_room.lua
local BUYERS, ROOM, PLACES, BACK, GONE, SPENT = KEYS[10], KEYS[11], KEYS[12], KEYS[13], KEYS[14], KEYS[15]
-- include: onsale/_entry.lua
begin()
read_room(ROOM)

-- Whether a number was given while the sale was entered otherwise than it is now: then it doesn't stand for what is asked now.
local first_here
local function is_of_another_entry(number)
  local phase = phase_now()
  if phase and phase.same_entry > 1 and not first_here then
    first_here = tonumber(redis.call('HGET', ROOM, 'entry:' .. phase.same_entry)) or math.huge
  end
  return first_here and number < first_here
end

local function refusal_of(buyer, number, place, brought)
  local known = redis.call('HGET', PLACES, buyer)
  if not known then
    return { 'no_place' }
  elseif is_used(known) then
    return { 'cart_ended' }
  elseif number_in(known) ~= number then
    return { 'place', number_in(known), drawn and 1 or 0 }
  end
  place = place_in(number, place)
  if not place then
    return { 'place', number, 1 }
  elseif place >= serving then
    return { 'not_your_turn', { place, serving } }
  end
  local refusal = is_of_another_entry(number) and entry_refusal(brought)
  if refusal then
    return { refusal }
  elseif not answer_call(place) then
    if cfg.shoppers_max - counts.shopping - called() <= redis.call('ZCARD', BACK) then
      redis.call('ZADD', BACK, place, buyer)
      return { 'turn_missed' }
    end
  end
  redis.call('HSET', PLACES, buyer, '-' .. known)
  redis.call('ZREM', BACK, buyer)
  return nil
end

-- Without a room the cart itself is what costs something.
local function cart_refusal_without_room(brought)
  if brought[COUNTED] ~= 1 then
    return { 'uncounted' }
  end
  local refusal = entry_refusal(brought)
  return refusal and { refusal }
end

local function enter(buyer, cart_id, number, place, brought)
  local cart = cart_of(buyer)
  if not (cart and cart[STATE] ~= 'ended') then
    if state ~= 'open' then
      return { STATE_REFUSALS[state] }
    end
    local refusal = between_phases()
    if refusal then
      return refusal
    elseif cfg.shoppers_max > 0 then
      refusal = refusal_of(buyer, number, place, brought)
    else
      refusal = cart_refusal_without_room(brought)
    end
    if refusal then
      return refusal
    end
    cart = open_cart(buyer, cart_id)
  end
  return cart_answer(cart, redis.call('HGET', BUYERS, buyer))
end

local verdicts = {}
for i = 1, #items do
  verdicts[i] = enter(unpack(items[i]))
end
write_room(ROOM, GONE)
return finish(verdicts)
