-- cart_sell: what orders paid for is theirs, whatever became of their carts: Postgres is right.
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
-- KEYS[15] freed  hash   order -> packed {revision, units given back as {pool, units, …}}
-- ARGV[1] packed items, each {buyer, order, revenue, seats, units as {pool, units, …}, tickets as {type, count, …}, revision of the order}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"sold" | "again", epoch, seq, the buyer's cart or false} | {"already_sold", seats or pools}
--   | {"unknown_seat", seats} | {"unknown_pool", pools} | {"conflict"} | {"lost"}
-- The cart is told as of `seq`: messages of the feed up to it say nothing of it that is newer.
-- A cart is told as {"cart", id, state, deadline, order, seats, units, end reason, bought, now, opened, 1 if opened by this call}.
-- An open cart of somebody else loses what it held of the order; a locked one keeps it, and the order is refused.
-- An order of which something was given back is sold as it is since then, or refused as "conflict": what was read before that takes nothing.
-- What was reserved for an order that awaited its money becomes sold, and counts as paid from now on.
-- A refused item writes nothing, but for giving back what was reserved if that is something else. Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_cart.lua
-- include: onsale/_sell.lua
local FREED = KEYS[15]
begin()
local some_await, some_freed = redis.call('EXISTS', AWAITING) == 1, redis.call('EXISTS', FREED) == 1

local function as_counts(units)
  local counted = {}
  for i = 1, #units, 2 do
    counted[units[i]] = units[i + 1]
  end
  return counted
end

-- Whether an order pays for what was reserved for it.
local function is_reserved(packed, seats, units)
  local _, its_seats, its_units = unpack(cmsgpack.unpack(packed))
  local wanted, counted, paid = {}, as_counts(its_units), as_counts(units)
  for _, seat in ipairs(its_seats) do
    wanted[seat] = true
  end
  for _, seat in ipairs(seats) do
    if not wanted[seat] then
      return false
    end
  end
  for pool, count in pairs(paid) do
    if counted[pool] ~= count then
      return false
    end
  end
  return #its_seats == #seats and #its_units == #units
end

-- What was reserved for the order, in `units` the counted types too: whether that is what it paid for. Else it is given back first.
local function settle_reserved(order, seats, units)
  local packed = some_await and redis.call('HGET', AWAITING, order)
  if not packed or packed == '' then
    return false
  end
  redis.call('HDEL', AWAITING, order)
  if is_reserved(packed, seats, units) then
    reserved_more = reserved_more - size_of_order(seats, units)
    return true
  end
  give_back_awaited(packed)
  return false
end

-- How often something of an order was given back, as far as is known here.
local function revision_of(order)
  local packed = some_freed and redis.call('HGET', FREED, order)
  return packed and cmsgpack.unpack(packed)[1] or 0
end

local function sell(buyer, order, revenue, seats, units, types, revision)
  if redis.call('HEXISTS', ORDERS, order) == 1 then
    open_again(buyer, order)
    return answer('again', tonumber(head[3]), buyer)
  end
  if revision_of(order) ~= (revision or 0) then
    return { 'conflict' }
  end
  units = with_types(units, types)
  if settle_reserved(order, seats, units) then
    open_again(buyer, order)
    noted[#noted + 1] = buyer -- whose tabs and devices wait for it
  else
    local refusal = take_for(buyer, order, seats, units, 'bought')
    if refusal then
      return refusal
    end
  end
  redis.call('HSET', ORDERS, order, revenue)
  counts.revenue = counts.revenue + revenue
  counts.orders = counts.orders + 1
  return answer('sold', head[3] + 1, buyer)
end

local verdicts = {}
for i = 1, #items do
  verdicts[i] = sell(unpack(items[i]))
end
call_many('HSET', OWNERS, owned, 2)
return finish(verdicts)
