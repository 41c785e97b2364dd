-- _stock: seats and pools as they stand in the middle of a batch; written once, at its end.
-- Uses KEYS[3] seats, KEYS[4] pools.
local SEATS, POOLS = KEYS[3], KEYS[4]
local FREE, HELD, SOLD, OFF = 0, 1, 2, 3
local SHIFT = { [0] = 64, 16, 4, 1 }
local floor, byte_at = math.floor, string.byte
local packed_seats
-- Bytes of the seats that this batch changed, and the seats it changed in them.
local bytes_now, bytes_set = {}, {}
local seat_changed, seats_set = {}, {}
local pool_now = {}

-- nil when the sale has no such seat
local function seat_state(seat)
  if seat < 0 or seat >= cfg.seats or seat % 1 ~= 0 then
    return nil
  end
  packed_seats = packed_seats or redis.call('GET', SEATS)
  local at = floor(seat / 4)
  return floor((bytes_now[at] or byte_at(packed_seats, at + 1)) / SHIFT[seat % 4]) % 4
end

-- The allocation that buyers may draw on which has a seat, or nil: cfg.draws says which seats each has, as runs.
local function draw_of(seat)
  for allocation, runs in pairs(cfg.draws or {}) do
    if is_inside(runs, seat) then
      return allocation
    end
  end
  return nil
end

-- What a seat is once nobody holds it: it goes back to its allocation, or is free for everybody.
local function given_back(seat)
  return cfg.draws and draw_of(seat) and OFF or FREE
end

local function set_seat(seat, seat_is)
  local before = seat_state(seat)
  if cfg.draws and (before == OFF) ~= (seat_is == OFF) and draw_of(seat) then
    lent = lent + (seat_is == OFF and -1 or 1)
  end
  local at = floor(seat / 4)
  if not bytes_now[at] then
    bytes_set[#bytes_set + 1] = at
  end
  bytes_now[at] = (bytes_now[at] or byte_at(packed_seats, at + 1)) + (seat_is - before) * SHIFT[seat % 4]
  if not seat_changed[seat] then
    seat_changed[seat] = true
    seats_set[#seats_set + 1] = seat
  end
end

local function pool_free(pool)
  local free = pool_now[pool]
  if not free then
    free = tonumber(redis.call('HGET', POOLS, pool))
    pool_now[pool] = free
  end
  return free
end

-- A unit of a pool is also one of every pool it draws on: cfg.pools[pool] lists them all, itself included.

-- Whether the sale has such a pool, with units of each: settings may name one that the stock was never given.
local function is_stocked(pool)
  for _, each in ipairs(cfg.pools[pool] or {}) do
    if not pool_free(each) then
      return false
    end
  end
  return cfg.pools[pool] ~= nil
end

-- A ticket type that has a number is counted in a pool of its own, 'type:…', beside the seat or unit that is sold with it: it is
-- not one more.
local function is_type(pool)
  return string.sub(pool, 1, 5) == 'type:'
end

-- A product, 'product:…', is in a cart beside its tickets: it is none either.
local function is_stock(pool)
  return not string.find(pool, ':', 1, true)
end

local function stock_in(pool, units)
  return is_stock(pool) and units or 0
end

local function units_free(pool)
  local least
  for _, each in ipairs(cfg.pools[pool]) do
    local free = pool_free(each)
    if not least or free < least then
      least = free
    end
  end
  return least
end

local pools_set = {}
local function add_units(pool, units)
  for _, each in ipairs(cfg.pools[pool]) do
    pool_now[each] = pool_free(each) + units
    pools_set[each] = true
  end
end

local function write_stock()
  if seats_set[1] then
    local bits, news = {}, {}
    for i = 1, #bytes_set do
      local at = 4 * i
      bits[at - 3], bits[at - 2], bits[at - 1], bits[at] = 'SET', 'u8', '#' .. bytes_set[i], bytes_now[bytes_set[i]]
    end
    for i = 1, #seats_set do
      news[i] = seats_set[i] * 4 + seat_state(seats_set[i])
    end
    call_many('BITFIELD', SEATS, bits, 4)
    feed.s = news
  end
  local pools = {}
  for pool in pairs(pools_set) do
    if not (cfg.unseen and cfg.unseen[pool]) then
      feed.p = feed.p or {}
      feed.p[pool] = pool_now[pool]
    end
    pools[#pools + 1] = pool
    pools[#pools + 1] = pool_now[pool]
  end
  call_many('HSET', POOLS, pools, 2)
end
