-- cart_lock: keep carts past their deadline while an order is paid; the order is the fence.
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
--   | {"no_cart"} | {"cart_ended"} | {"cart_locked"} | {"cart_incomplete"} | {"lost"}
-- Repeating an order answers the cart it locked, also after it was bought. A refused item writes nothing. Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_cart.lua
local BUYERS, LOCKED = KEYS[10], KEYS[11]
begin()

local function lock(buyer, order)
  local cart = cart_of(buyer)
  if cart and cart[STATE] ~= 'open' and cart[ORDER] == order then
    return cart_answer(cart, redis.call('HGET', BUYERS, buyer))
  end
  local refusal = cart_refusal(cart)
  if refusal then
    return { refusal }
  elseif is_empty(cart) then
    return { 'cart_incomplete' }
  end
  cart[STATE], cart[ORDER] = 'locked', order
  redis.call('ZREM', DUE, buyer)
  redis.call('ZADD', LOCKED, now, buyer)
  cart_set(buyer)
  return cart_answer(cart, redis.call('HGET', BUYERS, buyer))
end

local verdicts = {}
for i = 1, #items do
  verdicts[i] = lock(items[i][1], items[i][2])
end
return finish(verdicts)
