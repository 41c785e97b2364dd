-- cart_release: give seats and units in carts back, each item all or nothing.
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
-- ARGV[1] packed items, each {buyer, release id, {seats, units as {pool, units, …}}, 1 if the cart is wanted}; both empty means all
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"released" | "again", seats, units, the cart} | {"not_held"} | {"conflict"} | {"no_cart"}
--   | {"cart_ended"} | {"cart_locked"} | {"lost"}
-- A cart is told as {"cart", id, state, deadline, order, seats, units, end reason, bought, now, opened, 1 if opened by this call}.
-- A refused item writes nothing but its own answer, for repeats. Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_cart.lua
local BUYERS = KEYS[10]
begin()

local function without(seats, gone)
  local kept, missing = {}, {}
  for _, seat in ipairs(gone) do
    missing[seat] = true
  end
  for _, seat in ipairs(seats) do
    if missing[seat] then
      missing[seat] = nil
    else
      kept[#kept + 1] = seat
    end
  end
  return kept, next(missing) == nil and #kept + #gone == #seats
end

-- Of no ticket type more is counted than the cart has left.
local function cap_types(cart)
  local size = size_of(cart)
  for i = 1, #cart[IN_UNITS], 2 do
    local pool, count = cart[IN_UNITS][i], cart[IN_UNITS][i + 1]
    if is_type(pool) and count > size then
      add_units(pool, count - size)
      set_units_in(cart, pool, size)
      return cap_types(cart)
    end
  end
end

-- A companion's seat goes with the accessible seat beside it.
local function with_companions(cart, seats)
  local gone, all = {}, {}
  for i, seat in ipairs(seats) do
    gone[seat], all[i] = true, seat
  end
  for _, seat in ipairs(cart[IN_SEATS]) do
    local space = space_of(seat)
    if space and gone[space] and not gone[seat] then
      all[#all + 1] = seat
    end
  end
  return all
end

local function give_back(cart, seats, units, all)
  local kept, all_there = without(cart[IN_SEATS], seats)
  if not all_there then
    return false
  end
  local named = {}
  for i = 1, #units, 2 do
    if named[units[i]] or (is_type(units[i]) and not all) or units[i + 1] < 1 or units_in(cart, units[i]) < units[i + 1] then
      return false
    end
    named[units[i]] = true
  end
  cart[IN_SEATS] = kept
  counts.held = counts.held - #seats
  for _, seat in ipairs(seats) do
    set_seat(seat, given_back(seat))
  end
  for i = 1, #units, 2 do
    counts.held = counts.held - stock_in(units[i], units[i + 1])
    add_units(units[i], units[i + 1])
    set_units_in(cart, units[i], units_in(cart, units[i]) - units[i + 1])
  end
  cap_types(cart)
  return true
end

-- What is kept of an ask, to know it again: of a long one its hash, so that a cart stays small.
local LONG = 32
local function mark_of(ask)
  if #ask[1] + #ask[2] > LONG then
    return redis.sha1hex(cmsgpack.pack(ask))
  end
  return ask
end

local function told(wanted, buyer, cart)
  return cart_told(wanted, buyer, cart, wanted == 1 and redis.call('HGET', BUYERS, buyer))
end

local function release(buyer, command, named, wanted)
  local cart = cart_of(buyer)
  local ask = mark_of(named)
  local before = cart and answered(cart, command)
  if before then
    if not same(before[2], ask) then
      return { 'conflict' }
    elseif before[3] ~= 'released' then
      return { before[3] }
    end
    return { 'again', before[4][1], before[4][2], told(wanted, buyer, cart) }
  end
  local refusal = cart_refusal(cart)
  if refusal then
    return { refusal }
  end
  local seats, units = named[1], named[2]
  local all = #seats == 0 and #units == 0
  if all then
    seats, units = cart[IN_SEATS], cart[IN_UNITS]
  end
  if cfg.companions then
    seats = with_companions(cart, seats)
  end
  if not give_back(cart, seats, units, all) then
    remember(buyer, cart, command, ask, 'not_held')
    return { 'not_held' }
  end
  remember(buyer, cart, command, ask, 'released', { seats, units })
  return { 'released', seats, units, told(wanted, buyer, cart) }
end

local verdicts = {}
for i = 1, #items do
  verdicts[i] = release(unpack(items[i]))
end
return finish(verdicts)
