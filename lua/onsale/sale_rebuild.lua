-- sale_rebuild: write the whole state of a sale anew from what Postgres knows; carts that survived keep what nobody bought.
-- KEYS[1] sale    hash    the sale's state, settings and counters
-- KEYS[2] feed    channel what changed is published here
-- KEYS[3] seats   string  2 bits per seat
-- KEYS[4] owners  hash    seat sold -> order, after 'o:'
-- KEYS[5] pools   hash    pool -> free units
-- KEYS[6] carts   hash    buyer -> packed cart
-- KEYS[7] due     zset    buyer scored by the deadline of an open cart
-- KEYS[8] locked  zset    buyer scored by the instant the cart was locked
-- KEYS[9] ended   zset    buyer scored by the instant the cart ended
-- KEYS[10] seen   zset    buyer scored by the instant last seen
-- KEYS[11] buyers hash    buyer -> seats and units bought
-- KEYS[12] sold   hash    order -> what it paid, in minor units
-- KEYS[13] layout string  packed rows, for older versions
-- KEYS[14] room   hash    numbers handed out, admission, calls
-- KEYS[15] awaiting hash order -> packed {buyer, seats, units, size} that awaits its money, '' once it came to nothing
-- KEYS[16] freed  hash    order -> packed {revision, units given back as {pool, units, …}}
-- ARGV[1] packed {epoch, state, settings, {pool, free units, …}, {room field, value, …}, {buyer, bought, …},
--   {order, paid, …}, {seat, owner, …}, {units sold, revenue, orders}, carts of orders being paid, gap, buyers that were inside or
--   called, seats that are withheld, {order, as above, …} of those that await, or awaited, their money, how many of those that are sold
--   these are, {order, as above, …} of those that gave something back}, where each such cart is {buyer, cart id, order, seats, units as {pool, units, …}, deadline or 0,
--   opened or 0, unlocks that codes showed it}
-- ARGV[2] seats, 2 bits each, as sold and not for sale
-- ARGV[3] packed rows
-- ARGV[4] packed {field of the sale, value, …}: sections and their rows, for best available
-- ARGV[5] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed {"rebuilt" | "kept", epoch, carts kept}
-- On "kept" somebody was quicker: nothing was written.
-- It never refuses; what the keys held before is written over, but for places and those who left or came back.
-- include: onsale/_store.lua
local epoch, state, cfg, pools, room, bought, orders, owners, totals, paying, gap, inside, withheld, awaiting, reserved, freed = unpack(cmsgpack.unpack(ARGV[1]))
local now = tonumber(ARGV[5])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local there = redis.call('HGET', KEYS[1], 'epoch')
if there then
  return cmsgpack.pack({ 'kept', there, 0 })
end
local CARTS, DUE, LOCKED, ENDED, SEEN, ROOM = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[14]
local ID, STATE, DEADLINE, ORDER, IN_SEATS, IN_UNITS, END, HAS_HELD, OPENED, MOST, UNLOCKED = 1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 13

local function write_all(command, key, arguments)
  for first = 1, #arguments, 4000 do
    redis.call(command, key, unpack(arguments, first, math.min(first + 3999, #arguments)))
  end
end

local function hash_of(flat)
  local hash = {}
  for i = 1, #flat, 2 do
    hash[flat[i]] = flat[i + 1]
  end
  return hash
end

local taken, free, bought_by = hash_of(owners), hash_of(pools), hash_of(bought)
local bits, held, shopping, kept = {}, 0, 0, 0
for _, seat in ipairs(withheld) do
  taken[seat] = taken[seat] or true
end
-- Withheld seats that buyers may draw on: who has one keeps it.
local drawable, lent = {}, 0
for _, runs in pairs(cfg.draws or {}) do
  for run = 1, #runs, 2 do
    for seat = runs[run], runs[run] + runs[run + 1] - 1 do
      drawable[seat] = true
      lent = lent + (taken[seat] ~= true and 1 or 0)
    end
  end
end
local carts, due, locked, ended, seen = {}, {}, {}, {}, {}

local function add(list, one, other)
  list[#list + 1] = one
  list[#list + 1] = other
end

-- What a cart may keep of its seats and units, at most `size_max` together, set aside.
local function claim(buyer, cart, size_max)
  local seats, units = {}, {}
  for _, seat in ipairs(cart[IN_SEATS]) do
    local is_drawn = taken[seat] == true and drawable[seat]
    if seat < cfg.seats and (not taken[seat] or is_drawn) and size_max > 0 then
      lent = lent + (is_drawn and 1 or 0)
      size_max = size_max - 1
      taken[seat] = buyer
      bits[#bits + 1] = seat
      seats[#seats + 1] = seat
    end
  end
  for i = 1, #cart[IN_UNITS], 2 do
    local pool, count = cart[IN_UNITS][i], cart[IN_UNITS][i + 1]
    -- Products, and what counts a ticket type, are not one more.
    local is_stock = not string.find(pool, ':', 1, true)
    count = is_stock and math.min(count, size_max) or count
    for _, each in ipairs(cfg.pools[pool] or {}) do
      count = math.min(count, free[each])
    end
    if cfg.pools[pool] and count > 0 then
      add(units, pool, count)
      held, size_max = held + (is_stock and count or 0), size_max - (is_stock and count or 0)
      for _, each in ipairs(cfg.pools[pool]) do
        free[each] = free[each] - count
      end
    end
  end
  cart[IN_SEATS], cart[IN_UNITS] = seats, units
  held = held + #seats
end

local survived, has_cart = hash_of(redis.call('HGETALL', CARTS)), {}
local function lock_paying(buyer, id, order, seats, units, deadline, opened, unlocked)
  has_cart[buyer] = true
  local old = survived[buyer] and cmsgpack.unpack(survived[buyer])
  survived[buyer] = nil
  local known = old and old[ID]
  local cart = old or { id, 'locked', math.max(deadline, now), order, seats, units, '', '', 0, true, opened, 0 }
  cart[ID], cart[STATE], cart[ORDER], cart[IN_SEATS], cart[IN_UNITS], cart[END], cart[HAS_HELD] = id, 'locked', order, seats, units, '', true
  cart[OPENED], cart[UNLOCKED] = opened > 0 and opened or cart[OPENED], unlocked
  if old and known ~= id then
    -- An earlier cart of the buyer, whose time is none of this one's.
    cart[DEADLINE] = math.max(deadline, now)
  end
  claim(buyer, cart, math.huge)
  add(locked, now, buyer)
  add(seen, now, buyer)
  add(carts, buyer, cmsgpack.pack(cart))
  shopping = shopping + 1
end

-- Orders that are being paid keep theirs first. A buyer has one cart: what a second order of theirs pays for is guarded by
-- Postgres alone.
for i = 1, #paying do
  if not has_cart[paying[i][1]] then
    lock_paying(unpack(paying[i]))
  end
end
local paid, awaited = hash_of(orders), hash_of(awaiting)
for buyer, packed in pairs(survived) do
  local cart = cmsgpack.unpack(packed)
  if cart[STATE] == 'locked' and paid[cart[ORDER]] then
    cart[STATE], cart[END], cart[IN_SEATS], cart[IN_UNITS] = 'ended', 'bought', {}, {}
  elseif cart[STATE] == 'locked' and (awaited[cart[ORDER]] or '') ~= '' then
    cart[STATE], cart[END], cart[IN_SEATS], cart[IN_UNITS] = 'ended', 'reserved', {}, {}
  end
  if cart[STATE] == 'ended' then
    add(ended, now, buyer)
  else
    claim(buyer, cart, ((cart[MOST] or 0) > 0 and cart[MOST] or cfg.person_most or cfg.person_max) - (tonumber(bought_by[buyer]) or 0))
    shopping, kept = shopping + 1, kept + 1
    add(seen, now, buyer)
    if cart[STATE] == 'open' then
      add(due, cart[DEADLINE], buyer)
    else
      add(locked, now, buyer)
    end
  end
  add(carts, buyer, cmsgpack.pack(cart))
end

-- Numbers may have been handed out that nobody here remembers: the next one lies above them.
local rooms = hash_of(room)
local tail = math.max(rooms.tail, tonumber(redis.call('HGET', ROOM, 'tail')) or 0)
rooms.serving = math.max(rooms.serving, tonumber(redis.call('HGET', ROOM, 'serving')) or 0)
rooms.tail = tail + gap
if gap > 0 then
  local gap_from = rooms.gap_from
  rooms.gap_from = gap_from >= 0 and math.min(gap_from, tail) or tail
  rooms.gap_to = rooms.tail
end
redis.call('DEL', KEYS[1], KEYS[3], KEYS[4], KEYS[5], DUE, LOCKED, ENDED, SEEN, KEYS[11], KEYS[12], KEYS[15], KEYS[16])
redis.call('HDEL', ROOM, 'calls')
-- Whoever was inside or called may come in again before others are called.
if inside > shopping then
  rooms.calls = cmsgpack.pack({ { 0, rooms.serving, now, inside - shopping } })
end
for field, value in pairs(rooms) do
  redis.call('HSET', ROOM, field, value)
end
redis.call('SET', KEYS[13], ARGV[3])
local sections = cmsgpack.unpack(ARGV[4])
if sections[1] then
  redis.call('HSET', KEYS[1], unpack(sections))
end
if #ARGV[2] > 0 then
  redis.call('SET', KEYS[3], ARGV[2])
end
for i = 1, #bits do
  redis.call('BITFIELD', KEYS[3], 'SET', 'u2', '#' .. bits[i], 1)
end
for pool, units in pairs(free) do
  redis.call('HSET', KEYS[5], pool, units)
end
write_all('HSET', KEYS[4], owners)
write_all('HSET', CARTS, carts)
write_all('ZADD', DUE, due)
write_all('ZADD', LOCKED, locked)
write_all('ZADD', ENDED, ended)
write_all('ZADD', SEEN, seen)
write_all('HSET', KEYS[11], bought)
write_all('HSET', KEYS[12], orders)
write_all('HSET', KEYS[15], awaiting)
write_all('HSET', KEYS[16], freed)
redis.call('HSET', KEYS[1], 'state', state, 'epoch', epoch, 'seq', 0, 'cfg', cmsgpack.pack(cfg), 'held', held, 'sold', totals[1],
  'revenue', totals[2], 'orders', totals[3], 'shopping', shopping, 'reserved', reserved, 'stock', cfg.stock or 0, 'lent', lent, 'store', run_of_store())
redis.call('SPUBLISH', KEYS[2], cmsgpack.pack({ e = epoch, q = 0, r = { state = state } }))
return cmsgpack.pack({ 'rebuilt', epoch, kept })
