-- order_reserve: what orders have whose money is awaited is nobody else's meanwhile, and their carts end.
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
-- KEYS[12] sold   hash    order -> what it paid, in minor units
-- KEYS[13] owners hash   seat sold -> order, after 'o:'
-- KEYS[14] awaiting hash order -> packed {buyer, seats, units, size} that awaits its money, '' once it came to nothing
-- ARGV[1] packed items, each {buyer, order, seats, units as {pool, units, …}, tickets as {type, count, …}}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"reserved" | "again", epoch, seq, the buyer's cart or false} | {"over"}: the order was paid, or
--   came to nothing, meanwhile | {"already_sold", seats or pools} | {"unknown_seat", seats} | {"unknown_pool", pools} | {"lost"}
-- Seats and units are counted as sold, to their buyer too; revenue and orders are counted once the money is there: cart_sell does.
-- An open cart of somebody else loses what it held of the order; a locked one keeps it, and the order is refused.
-- A refused item writes nothing. Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_cart.lua
-- include: onsale/_sell.lua
begin()

local function reserve(buyer, order, seats, units, types)
  local known = redis.call('HGET', AWAITING, order)
  if redis.call('HEXISTS', ORDERS, order) == 1 or known == '' then
    return { 'over' }
  elseif known then
    open_again(buyer, order)
    return answer('again', tonumber(head[3]), buyer)
  end
  units = with_types(units, types)
  local refusal = take_for(buyer, order, seats, units, 'reserved')
  if refusal then
    return refusal
  end
  local size = size_of_order(seats, units)
  reserved_more = reserved_more + size
  redis.call('HSET', AWAITING, order, cmsgpack.pack({ buyer, seats, units, size }))
  return answer('reserved', head[3] + 1, buyer)
end

local verdicts = {}
for i = 1, #items do
  verdicts[i] = reserve(unpack(items[i]))
end
call_many('HSET', OWNERS, owned, 2)
return finish(verdicts)
