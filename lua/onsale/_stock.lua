-- _stock: seats and pools as they stand in the middle of a batch; written once, at its end.
-- Uses KEYS[3] seats, KEYS[4] owners, KEYS[5] pools.
local SEATS, OWNERS, POOLS = KEYS[3], KEYS[4], KEYS[5]
local FREE, HELD, SOLD = 0, 1, 2
local SHIFT = { [0] = 64, 16, 4, 1 }
local packed_seats
local seat_now, seats_set = {}, {}
local owner_now = {}
local pool_now = {}

-- nil when the sale has no such seat
local function seat_state(seat)
  local known = seat_now[seat]
  if known then
    return known
  end
  if seat < 0 or seat >= cfg.seats or seat % 1 ~= 0 then
    return nil
  end
  packed_seats = packed_seats or redis.call('GET', SEATS)
  return math.floor(string.byte(packed_seats, math.floor(seat / 4) + 1) / SHIFT[seat % 4]) % 4
end

-- `owner` is a buyer, an order after 'o:', or false.
local function set_seat(seat, seat_is, owner)
  if not seat_now[seat] then
    seats_set[#seats_set + 1] = seat
  end
  seat_now[seat] = seat_is
  owner_now[seat] = owner
end

local function owner_of(seat)
  local owner = owner_now[seat]
  if owner == nil then
    owner = redis.call('HGET', OWNERS, seat)
  end
  return owner
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
    local bits, owned, disowned, news = {}, {}, {}, {}
    for i = 1, #seats_set do
      local seat = seats_set[i]
      local seat_is = seat_now[seat]
      local at = 4 * i
      bits[at - 3], bits[at - 2], bits[at - 1], bits[at] = 'SET', 'u2', '#' .. seat, seat_is
      news[i] = seat * 4 + seat_is
      if owner_now[seat] then
        owned[#owned + 1] = seat
        owned[#owned + 1] = owner_now[seat]
      else
        disowned[#disowned + 1] = seat
      end
    end
    call_many('BITFIELD', SEATS, bits, 4)
    call_many('HSET', OWNERS, owned, 2)
    call_many('HDEL', OWNERS, disowned, 1)
    feed.s = news
  end
  local pools = {}
  for pool in pairs(pools_set) do
    feed.p = feed.p or {}
    feed.p[pool] = pool_now[pool]
    pools[#pools + 1] = pool
    pools[#pools + 1] = pool_now[pool]
  end
  call_many('HSET', POOLS, pools, 2)
end
