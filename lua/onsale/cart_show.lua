-- cart_show: let carts have what an unlock shows, whose code was brought.
-- KEYS[1] sale    hash    the sale's state, settings and counters
-- KEYS[2] feed    channel what changed is published here
-- KEYS[3] seats   string  2 bits per seat
-- KEYS[4] pools   hash    pool -> free units
-- KEYS[5] carts   hash    buyer -> packed cart
-- KEYS[6] due     zset    buyer scored by the deadline of an open cart
-- KEYS[7] ended   zset    buyer scored by the instant the cart ended
-- KEYS[8] seen    zset    buyer scored by the instant last seen
-- KEYS[9] ends    hash    cart id -> packed {buyer, reason, instant, order, seats, units, has held, opened}, until that was written down
-- ARGV[1] packed items, each {buyer, cart id, unlock}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"shown"} | {"no_cart"} | {"cart_ended"} | {"cart_locked"} | {"lost"}
-- A refused item writes nothing; asking again is harmless. Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_cart.lua
begin()

local function show(buyer, id, unlock)
  local cart = cart_of(buyer)
  local refusal = cart_refusal(cart) or (cart[ID] ~= id and 'cart_ended')
  if refusal then
    return { refusal }
  end
  if not is_unlocked(cart, { [unlock] = true }) then
    cart[UNLOCKED] = cart[UNLOCKED] or {}
    table.insert(cart[UNLOCKED], unlock)
    cart_set(buyer)
  end
  return { 'shown' }
end

local verdicts = {}
for i = 1, #items do
  verdicts[i] = show(unpack(items[i]))
end
return finish(verdicts)
