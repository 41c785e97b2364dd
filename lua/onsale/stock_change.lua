-- stock_change: withhold seats and units from a sale, let them be sold again, give them to an order, or change how many units a pool has.
-- KEYS[1] sale    hash    the sale's state, settings and counters
-- KEYS[2] feed    channel what changed is published here
-- KEYS[3] seats   string  2 bits per seat
-- KEYS[4] pools   hash    pool -> free units
-- KEYS[5] carts   hash    buyer -> packed cart
-- KEYS[6] due     zset    buyer scored by the deadline of an open cart
-- KEYS[7] ended   zset    buyer scored by the instant the cart ended
-- KEYS[8] seen    zset    buyer scored by the instant last seen
-- KEYS[9] ends    hash    cart id -> packed {buyer, reason, instant, order, seats, units, has held, opened}, until that was written down
-- KEYS[10] locked zset    buyer scored by the instant the cart was locked
-- KEYS[11] sold   hash    order -> what it paid, in minor units
-- KEYS[12] awaiting hash order -> packed {buyer, seats, units, size} that awaits its money, '' once it came to nothing
-- ARGV[1] packed items, each {number of the change, 1 if it takes from what is free, seats, units as {pool, units, …},
--   1 if only the pools' own counts change, {buyer, cart id, order} if it was drawn for an order, else nothing}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"done", epoch} | {"kept", epoch, seats that are held, seats that are not free, {pool, left, …}}
--   | {"behind", epoch, number of the newest change} | {"lost"}
-- On "kept" nothing of the change was done. A number that was judged before is answered as it was then, a later one only in its turn.
-- What was drawn goes into the buyer's cart, which is locked for the order: it is free for nobody before it is sold. What a buyer drew is
-- there already. Whatever is given leaves the allocations that buyers may draw on.
-- Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_cart.lua
local LOCKED, ORDERS, AWAITING = KEYS[10], KEYS[11], KEYS[12]
local locked = {}
local known = tonumber(redis.call('HGET', SALE, 'stock')) or 0

-- Seats and units that are not there to be taken.
local function missing(seats, units, own)
  local held, gone, short, wanted = {}, {}, {}, {}
  for _, seat in ipairs(seats) do
    local seat_is = seat_state(seat)
    while seat_is == HELD and not swept do
      sweep()
      seat_is = seat_state(seat)
    end
    if seat_is == HELD then
      held[#held + 1] = seat
    elseif seat_is ~= FREE then
      gone[#gone + 1] = seat
    end
  end
  for i = 1, #units, 2 do
    for _, pool in ipairs(own and { units[i] } or cfg.pools[units[i]] or {}) do
      wanted[pool] = (wanted[pool] or 0) + units[i + 1]
      while pool_free(pool) < wanted[pool] and not swept do
        sweep()
      end
      if pool_free(pool) < wanted[pool] then
        short[#short + 1] = pool
        short[#short + 1] = pool_free(pool)
      end
    end
  end
  return held, gone, short
end

-- Take a seat out of the allocation that buyers may draw on: 1 if it is one more to sell, as somebody has it already.
local function leave_draws(seat)
  local allocation = cfg.draws and draw_of(seat)
  if not allocation then
    return 0
  end
  local kept, runs = {}, cfg.draws[allocation]
  for run = 1, #runs, 2 do
    local first, behind = runs[run], runs[run] + runs[run + 1]
    local until_seat, after_seat = math.min(behind, math.max(first, seat)), math.max(first, math.min(behind, seat + 1))
    for _, part in ipairs({ { first, until_seat }, { after_seat, behind } }) do
      if part[1] < part[2] then
        kept[#kept + 1], kept[#kept + 2] = part[1], part[2] - part[1]
      end
    end
  end
  cfg.draws[allocation] = kept[1] and kept or nil
  if seat_state(seat) == OFF then
    return 0
  end
  lent = lent - 1
  return 1
end

-- How many more of them can be sold at all: a pool that draws on another adds nothing to it.
local function apply(takes, seats, units, own)
  local more = 0
  for _, seat in ipairs(seats) do
    more = more + (takes and 0 or leave_draws(seat))
    if takes or seat_state(seat) == OFF then
      set_seat(seat, takes and OFF or FREE)
      more = more + 1
    end
  end
  for i = 1, #units, 2 do
    for _, pool in ipairs(own and { units[i] } or cfg.pools[units[i]] or {}) do
      pool_now[pool] = pool_free(pool) + (takes and -units[i + 1] or units[i + 1])
      pools_set[pool] = true
      more = more + (#cfg.pools[pool] == 1 and stock_in(pool, units[i + 1]) or 0)
    end
  end
  return takes and -more or more
end

-- The order is paid, so its cart is locked until it is told; one that lapsed meanwhile is begun anew.
local function cart_of_order(buyer, id, order)
  read_carts({ buyer })
  local cart = carts[buyer]
  if not cart or cart[STATE] == 'ended' then
    cart = open_cart(buyer, id)
  end
  cart[STATE], cart[ORDER], cart[HAS_HELD] = 'locked', order, true
  cart_set(buyer)
  locked[#locked + 1] = buyer
  return cart
end

-- How many more of them can be sold at all, as above.
local function draw(seats, units, buyer, id, order)
  if redis.call('HEXISTS', ORDERS, order) == 1 or (redis.call('HGET', AWAITING, order) or '') ~= '' then
    -- A release that knows of no draws told of the order first, or it awaited its money: what was sold then is counted.
    for _, seat in ipairs(seats) do
      leave_draws(seat)
    end
    return apply(false, {}, units, false) + #seats
  end
  local cart, more, given = cart_of_order(buyer, id, order), #seats, 0
  for _, seat in ipairs(seats) do
    leave_draws(seat)
    -- Whoever holds it, which a code let, has it until it is sold: the order's own cart, or another that loses it then.
    if seat_state(seat) ~= HELD and seat_state(seat) ~= SOLD then
      set_seat(seat, HELD)
      table.insert(cart[IN_SEATS], seat)
      given = given + 1
    end
  end
  for i = 1, #units, 2 do
    set_units_in(cart, units[i], units_in(cart, units[i]) + units[i + 1])
    for _, pool in ipairs(cfg.pools[units[i]]) do
      more = more + (#cfg.pools[pool] == 1 and stock_in(pool, units[i + 1]) or 0)
    end
    counts.held = counts.held + stock_in(units[i], units[i + 1])
  end
  counts.held = counts.held + given
  return more
end

local function change(number, takes, seats, units, own, drawn)
  if number <= known then
    local said = number == known and redis.call('HGET', SALE, 'stock_said')
    return said and cmsgpack.unpack(said) or { 'done', head[2] }
  elseif number > known + 1 then
    return { 'behind', head[2], known }
  end
  local verdict = { 'done', head[2] }
  if takes then
    local held, gone, short = missing(seats, units, own)
    if held[1] or gone[1] or short[1] then
      verdict = { 'kept', head[2], held, gone, short }
    end
  end
  if verdict[1] == 'done' then
    cfg.total = cfg.total + (drawn and draw(seats, units, unpack(drawn)) or apply(takes, seats, units, own))
    room_news.left = for_sale() - counts.sold
    room_news.free = for_sale() - counts.sold - counts.held
  end
  known = number
  redis.call('HSET', SALE, 'cfg', cmsgpack.pack(cfg), 'stock', known, 'stock_said', cmsgpack.pack(verdict))
  return verdict
end

local verdicts = {}
for i = 1, #items do
  local number, takes, seats, units, own, drawn = unpack(items[i])
  verdicts[i] = change(number, takes == 1, seats, units, own == 1, drawn)
end
local answer = finish(verdicts)
-- After the deadline of a cart that was begun here was written.
for _, buyer in ipairs(locked) do
  redis.call('ZREM', DUE, buyer)
  redis.call('ZADD', LOCKED, now, buyer)
end
return answer
