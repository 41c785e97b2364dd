-- cart_read: read carts as they are at this instant; whose cart is read was seen.
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
-- ARGV[1] packed items, each {buyer}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"cart", id, state, deadline, order, seats, units, end reason, bought, now, opened, 1 if opened by this call}
--   | {"no_cart"} | {"lost"}
-- A refused item writes nothing. Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_cart.lua
local BUYERS = KEYS[10]
begin()

local verdicts, seen = {}, { 'XX' }
for i = 1, #items do
  local buyer = items[i][1]
  local cart = cart_of(buyer)
  seen[#seen + 1] = now
  seen[#seen + 1] = buyer
  verdicts[i] = cart and cart_answer(cart, redis.call('HGET', BUYERS, buyer)) or { 'no_cart' }
end
redis.call('ZADD', SEEN, unpack(seen))
return finish(verdicts)
