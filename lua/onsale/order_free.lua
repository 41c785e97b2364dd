-- order_free: what orders gave back is free again; each is known by its revision from then on, also where it was never sold here.
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
-- KEYS[11] sold   hash    order -> what it paid, in minor units
-- KEYS[12] owners hash    seat sold -> order, after 'o:'
-- KEYS[13] freed  hash    order -> packed {revision, units given back as {pool, units, …}}
-- ARGV[1] packed items, each {buyer, order, revision, what is left of its revenue, 1 if it has anything still, seats, units as
--   {pool, units, …}, tickets as {type, count, …}}; seats, units and tickets are all that the order gave back up to this revision
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"freed" | "again"} | {"lost"}
-- A revision that is not newer than the known one changes nothing. Seats that somebody else has by now stay theirs. An order that was never
-- sold here frees nothing, and cannot be sold as it was before any more. Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_cart.lua
-- include: onsale/_types.lua
local BUYERS, ORDERS, OWNERS, FREED = KEYS[10], KEYS[11], KEYS[12], KEYS[13]
local verdicts = {}
begin()

local function free_seats(order, seats)
  local freed = 0
  local owners = read_many(OWNERS, seats)
  for i, seat in ipairs(seats) do
    if owners[i] == 'o:' .. order and seat_state(seat) == SOLD then
      set_seat(seat, given_back(seat))
      redis.call('HDEL', OWNERS, seat)
      freed = freed + 1
    end
  end
  return freed
end

-- Those that were not given back in an earlier revision.
local function free_units(units, before)
  local freed, known = 0, {}
  for i = 1, #before, 2 do
    known[before[i]] = before[i + 1]
  end
  for i = 1, #units, 2 do
    local pool, more = units[i], units[i + 1] - (known[units[i]] or 0)
    if more > 0 and is_stocked(pool) then
      add_units(pool, more)
      freed = freed + stock_in(pool, more)
    end
  end
  return freed
end

local function free(buyer, order, revision, revenue, keeps, seats, units, types)
  local packed = redis.call('HGET', FREED, order)
  local known = packed and cmsgpack.unpack(packed) or { 0, {} }
  if known[1] >= revision then
    return { 'again' }
  end
  units = with_types(units, types)
  local paid = tonumber(redis.call('HGET', ORDERS, order))
  if paid then
    local size = free_seats(order, seats) + free_units(units, known[2])
    counts.sold = counts.sold - size
    counts.revenue = counts.revenue - paid + revenue
    redis.call('HINCRBY', BUYERS, buyer, -size)
    if keeps == 1 or revenue > 0 then
      redis.call('HSET', ORDERS, order, revenue)
    else
      redis.call('HDEL', ORDERS, order)
      counts.orders = counts.orders - 1
    end
  end
  redis.call('HSET', FREED, order, cmsgpack.pack({ revision, units }))
  return { 'freed' }
end

for i = 1, #items do
  verdicts[i] = free(unpack(items[i]))
end
return finish(verdicts)
