-- cart_types: how many tickets of each type that has a number a cart counts, in place of what it counted before.
-- KEYS[1] sale    hash    the sale's state, settings and counters
-- KEYS[2] feed    channel what changed is published here
-- KEYS[3] seats   string  2 bits per seat
-- KEYS[4] pools   hash    pool -> free units
-- KEYS[5] carts   hash    buyer -> packed cart
-- KEYS[6] due     zset    buyer scored by the deadline of an open cart
-- KEYS[7] ended   zset    buyer scored by the instant the cart ended
-- KEYS[8] seen    zset    buyer scored by the instant last seen
-- KEYS[9] ends    hash    cart id -> packed {buyer, reason, instant, order, seats, units, has held, opened}, until that was written down
-- ARGV[1] packed items, each {buyer, cart id, order that has locked the cart or '', tickets as {type, count, …}}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"counted"} | {"type_short", {type, how many there are for this cart}}
--   | {"no_cart"} | {"cart_ended"} | {"cart_locked"} | {"lost"}
-- Types without a number are passed over. A refused item writes nothing; asking again is harmless. Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_cart.lua
begin()

local function refusal_of(cart, id, order)
  if cart and cart[STATE] == 'locked' and cart[ID] == id and cart[ORDER] == order then
    return nil
  end
  return cart_refusal(cart) or (cart[ID] ~= id and 'cart_ended') or nil
end

-- What takes a type's last tickets from another cart in this batch is seen: pools are read once, and changed in memory.
local function count(buyer, id, order, types)
  local cart = cart_of(buyer)
  local refusal = refusal_of(cart, id, order)
  if refusal then
    return { refusal }
  end
  local wanted = {}
  for i = 1, #types, 2 do
    local pool = 'type:' .. types[i]
    if is_stocked(pool) then
      local more = types[i + 1] - units_in(cart, pool)
      while pool_free(pool) < more and not swept do
        sweep()
      end
      if more > 0 and pool_free(pool) < more then
        return { 'type_short', { types[i], math.max(0, pool_free(pool) + units_in(cart, pool)) } }
      end
      wanted[pool] = types[i + 1]
    end
  end
  for pool in pairs(cfg.pools) do
    local more = is_type(pool) and (wanted[pool] or 0) - units_in(cart, pool) or 0
    if more ~= 0 then
      add_units(pool, -more)
      set_units_in(cart, pool, wanted[pool] or 0)
      cart_set(buyer)
    end
  end
  return { 'counted' }
end

local verdicts = {}
for i = 1, #items do
  verdicts[i] = count(unpack(items[i]))
end
return finish(verdicts)
