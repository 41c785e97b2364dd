-- cart_unlock: an order came to nothing: its cart is open again until its deadline, which may have passed.
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
-- KEYS[11] locked zset    buyer scored by the instant the cart was locked
-- ARGV[1] packed items, each {buyer, order}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"cart", id, state, deadline, order, seats, units, end reason, bought, now, opened, 1 if opened by this call}
--   | {"no_cart"} | {"cart_locked"} | {"lost"}
-- A cart that is not locked for this order stays as it is. A refused item writes nothing. Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_cart.lua
local BUYERS, LOCKED = KEYS[10], KEYS[11]
begin()

local function unlock(buyer, order)
  local cart = cart_of(buyer)
  if not cart then
    return { 'no_cart' }
  elseif cart[STATE] == 'locked' then
    if cart[ORDER] ~= order then
      return { 'cart_locked' }
    end
    cart[STATE], cart[ORDER] = 'open', ''
    redis.call('ZREM', LOCKED, buyer)
    redis.call('ZADD', DUE, cart[DEADLINE], buyer)
    cart_set(buyer)
    noted[#noted + 1] = buyer
    cart = cart_of(buyer)
  end
  return cart_answer(cart, redis.call('HGET', BUYERS, buyer))
end

local verdicts = {}
for i = 1, #items do
  verdicts[i] = unlock(items[i][1], items[i][2])
end
return finish(verdicts)
