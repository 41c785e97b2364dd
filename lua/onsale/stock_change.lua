-- stock_change: withhold seats and units from a sale, let them be sold again, or change how many units a pool has.
-- KEYS[1] sale    hash    the sale's state, settings and counters
-- KEYS[2] feed    channel what changed is published here
-- KEYS[3] seats   string  2 bits per seat
-- KEYS[4] pools   hash    pool -> free units
-- KEYS[5] carts   hash    buyer -> packed cart
-- KEYS[6] due     zset    buyer scored by the deadline of an open cart
-- KEYS[7] ended   zset    buyer scored by the instant the cart ended
-- KEYS[8] seen    zset    buyer scored by the instant last seen
-- KEYS[9] ends    hash    cart id -> packed {buyer, reason, instant, order, seats, units, has held, opened}, until that was written down
-- ARGV[1] packed items, each {number of the change, 1 if it takes from what is free, seats, units as {pool, units, …},
--   1 if only the pools' own counts change}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"done", epoch} | {"kept", epoch, seats that are held, seats that are not free, {pool, left, …}}
--   | {"behind", epoch, number of the newest change} | {"lost"}
-- On "kept" nothing of the change was done. A number that was judged before is answered as it was then, a later one only in its turn.
-- Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_cart.lua
local OFF = 3
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

-- How many more of them can be sold at all: a pool that draws on another adds nothing to it.
local function apply(takes, seats, units, own)
  local more = 0
  for _, seat in ipairs(seats) do
    if takes or seat_state(seat) == OFF then
      set_seat(seat, takes and OFF or FREE)
      more = more + 1
    end
  end
  for i = 1, #units, 2 do
    for _, pool in ipairs(own and { units[i] } or cfg.pools[units[i]] or {}) do
      pool_now[pool] = pool_free(pool) + (takes and -units[i + 1] or units[i + 1])
      pools_set[pool] = true
      if #cfg.pools[pool] == 1 and is_stock(pool) then
        more = more + units[i + 1]
      end
    end
  end
  return takes and -more or more
end

local function change(number, takes, seats, units, own)
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
    cfg.total = cfg.total + apply(takes, seats, units, own)
    room_news.left = cfg.total - counts.sold
    room_news.free = cfg.total - counts.sold - counts.held
  end
  known = number
  redis.call('HSET', SALE, 'cfg', cmsgpack.pack(cfg), 'stock', known, 'stock_said', cmsgpack.pack(verdict))
  return verdict
end

local verdicts = {}
for i = 1, #items do
  local number, takes, seats, units, own = unpack(items[i])
  verdicts[i] = change(number, takes == 1, seats, units, own == 1)
end
return finish(verdicts)
