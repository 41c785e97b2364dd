-- _sell: what an order has becomes its own, whatever became of its cart: Postgres is right.
-- Uses KEYS[10] buyers, KEYS[11] locked, KEYS[12] sold, KEYS[13] owners, KEYS[14] awaiting.
-- An order that awaits its money is packed as {buyer, seats, units, size}; one that came to nothing is '', so that it takes nothing again.
-- include: onsale/_cart.lua
-- include: onsale/_types.lua
local BUYERS, LOCKED, ORDERS, OWNERS, AWAITING = KEYS[10], KEYS[11], KEYS[12], KEYS[13], KEYS[14]
local owned = {}

local function answer(word, seq, buyer)
  local cart = cart_of(buyer)
  return { word, head[2], seq, cart and cart_answer(cart, redis.call('HGET', BUYERS, buyer)) or false }
end

-- Who holds a seat, and their cart. The buyer's own cart almost always; else any live one, so all are looked through.
local function holder(seat, buyer)
  local function holds(each)
    local cart = carts[each]
    for _, other in ipairs(cart and cart[STATE] ~= 'ended' and cart[IN_SEATS] or {}) do
      if other == seat then
        return true
      end
    end
    return false
  end
  if holds(buyer) then
    return buyer, carts[buyer]
  end
  for _, key in ipairs({ DUE, LOCKED }) do
    local live = redis.call('ZRANGE', key, 0, -1)
    read_carts(live)
    for _, each in ipairs(live) do
      if holds(each) then
        return each, carts[each]
      end
    end
  end
  return nil, nil
end

-- Whether an order may have this seat; what is in the way is an order, or a locked cart of another order.
local function seat_is_open_to(buyer, order, seat)
  if seat_state(seat) == HELD then
    local _, cart = holder(seat, buyer)
    return not cart or cart[STATE] ~= 'locked' or cart[ORDER] == order
  end
  return seat_state(seat) ~= SOLD
end

local function drop_seat(buyer, cart, seat)
  for i, each in ipairs(cart[IN_SEATS]) do
    if each == seat then
      table.remove(cart[IN_SEATS], i)
      break
    end
  end
  counts.held = counts.held - 1
  cart_set(buyer)
end

-- Take units of a pool from open carts, those with the longest time left first, until `units` are free.
local function make_room(pool, units, spared)
  while pool_free(pool) < units and not swept do
    sweep()
  end
  if pool_free(pool) >= units then
    return
  end
  local open = redis.call('ZREVRANGE', DUE, 0, -1)
  read_carts(open)
  for _, buyer in ipairs(open) do
    local cart = carts[buyer]
    if buyer ~= spared and cart and cart[STATE] == 'open' then
      for i = 1, #cart[IN_UNITS], 2 do
        local each, count = cart[IN_UNITS][i], cart[IN_UNITS][i + 1]
        for _, drawn in ipairs(cfg.pools[each]) do
          if drawn == pool then
            add_units(each, count)
            counts.held = counts.held - stock_in(each, count)
            set_units_in(cart, each, 0)
            cart_set(buyer)
            noted[#noted + 1] = buyer
            return make_room(pool, units, spared)
          end
        end
      end
    end
  end
end

-- How many units of a pool the order finds in its buyer's own cart, unless that is locked for another order.
local function units_of_order(cart, order, pool, wanted)
  if not cart or (cart[STATE] == 'locked' and cart[ORDER] ~= order) then
    return 0
  end
  return math.min(units_in(cart, pool), wanted)
end

-- Whether these units could be free if every other open cart gave back what it holds.
local function units_are_open_to(buyer, order, cart, units)
  local wanted = {}
  for i = 1, #units, 2 do
    for _, pool in ipairs(cfg.pools[units[i]]) do
      wanted[pool] = (wanted[pool] or 0) + units[i + 1]
    end
  end
  for i = 1, #units, 2 do
    local own = units_of_order(cart, order, units[i], units[i + 1])
    for _, pool in ipairs(cfg.pools[units[i]]) do
      wanted[pool] = wanted[pool] - own
    end
  end
  local short = false
  for pool, more in pairs(wanted) do
    short = short or more > pool_free(pool)
  end
  if not short then
    return true
  end
  local open = redis.call('ZRANGE', DUE, 0, -1)
  read_carts(open)
  for _, other in ipairs(open) do
    local held = other ~= buyer and carts[other] and carts[other][STATE] == 'open' and carts[other][IN_UNITS] or {}
    for i = 1, #held, 2 do
      for _, pool in ipairs(cfg.pools[held[i]]) do
        if wanted[pool] then
          wanted[pool] = wanted[pool] - held[i + 1]
        end
      end
    end
  end
  for pool, more in pairs(wanted) do
    if more > pool_free(pool) then
      return false
    end
  end
  return true
end

local function refusal_of(buyer, order, cart, seats, units)
  local unknown, taken = {}, {}
  for _, seat in ipairs(seats) do
    if not seat_state(seat) then
      unknown[#unknown + 1] = seat
    elseif not seat_is_open_to(buyer, order, seat) then
      taken[#taken + 1] = seat
    end
  end
  for i = 1, #units, 2 do
    if not is_stocked(units[i]) then
      return { 'unknown_pool', { units[i] } }
    end
  end
  if unknown[1] then
    return { 'unknown_seat', unknown }
  elseif taken[1] then
    return { 'already_sold', taken }
  elseif units[1] and not units_are_open_to(buyer, order, cart, units) then
    return { 'already_sold', units }
  end
  return nil
end

local function sell_seats(buyer, order, seats)
  for _, seat in ipairs(seats) do
    if seat_state(seat) == HELD then
      local owner, cart = holder(seat, buyer)
      if cart then
        drop_seat(owner, cart, seat)
        if cart[STATE] == 'open' then
          noted[#noted + 1] = owner
        end
      end
    end
    set_seat(seat, SOLD)
    owned[#owned + 1] = seat
    owned[#owned + 1] = 'o:' .. order
  end
end

local function sell_units(buyer, order, cart, units)
  for i = 1, #units, 2 do
    local pool, wanted = units[i], units[i + 1]
    local own = units_of_order(cart, order, pool, wanted)
    if own > 0 then
      set_units_in(cart, pool, units_in(cart, pool) - own)
      counts.held = counts.held - stock_in(pool, own)
      cart_set(buyer)
    end
    if wanted > own then
      for _, each in ipairs(cfg.pools[pool]) do
        make_room(each, wanted - own, buyer)
      end
      add_units(pool, own - wanted)
    end
  end
end

-- How many seats and units of tickets these are.
local function size_of_order(seats, units)
  local size = #seats
  for i = 2, #units, 2 do
    size = size + stock_in(units[i - 1], units[i])
  end
  return size
end

-- A late repeat of the lock hit a newer cart of the buyer.
local function open_again(buyer, order)
  local cart = cart_of(buyer)
  if cart and cart[STATE] == 'locked' and cart[ORDER] == order then
    cart[STATE], cart[ORDER] = 'open', ''
    redis.call('ZREM', LOCKED, buyer)
    redis.call('ZADD', DUE, cart[DEADLINE], buyer)
    cart_set(buyer)
  end
end

-- Seats and units, counted types among these, are the order's, and its cart has ended; answers the refusal, if there is one.
local function take_for(buyer, order, seats, units, reason)
  local cart = cart_of(buyer)
  local size = size_of_order(seats, units)
  local refusal = refusal_of(buyer, order, cart, seats, units)
  if refusal then
    return refusal
  end
  sell_seats(buyer, order, seats)
  sell_units(buyer, order, cart, units)
  if cart and cart[STATE] == 'locked' and cart[ORDER] == order then
    end_cart(buyer, cart, reason)
    redis.call('ZREM', LOCKED, buyer)
    noted[#noted + 1] = buyer
  end
  redis.call('HINCRBY', BUYERS, buyer, size)
  counts.sold = counts.sold + size
  return nil
end

-- What an order that awaits its money has is free again.
local function give_back_awaited(packed)
  local buyer, seats, units, size = unpack(cmsgpack.unpack(packed))
  for _, seat in ipairs(seats) do
    set_seat(seat, given_back(seat))
  end
  call_many('HDEL', OWNERS, seats, 1)
  for i = 1, #units, 2 do
    add_units(units[i], units[i + 1])
  end
  if redis.call('HINCRBY', BUYERS, buyer, -size) <= 0 then
    redis.call('HDEL', BUYERS, buyer)
  end
  counts.sold = counts.sold - size
  reserved_more = reserved_more - size
end
