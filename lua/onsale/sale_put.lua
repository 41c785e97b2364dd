-- sale_put: write the state of a sale, unless it is there: then only its settings; a sale that was made before is not begun anew.
-- KEYS[1] sale   hash    the sale's state, settings and counters
-- KEYS[2] feed   channel what changed is published here
-- KEYS[3] seats  string  2 bits per seat
-- KEYS[4] pools  hash    pool -> free units
-- KEYS[5] layout string  packed rows, for older versions
-- KEYS[6] room   hash    numbers handed out, admission, calls
-- ARGV[1] packed {epoch, or '' for settings only; state, settings, {pool, free units, …}, {room field, value, …}}
-- ARGV[2] seats, 2 bits each
-- ARGV[3] packed rows
-- ARGV[4] packed {field of the sale, value, …}: sections and their rows, for best available
-- Returns packed {"made" | "kept", epoch} | {"lost", ''}
-- On "kept" only settings, rows and sections were written, on "lost" nothing.
-- include: onsale/_store.lua
local wanted = cmsgpack.unpack(ARGV[1])
local epoch, state, settings, pools, room = wanted[1], wanted[2], wanted[3], wanted[4], wanted[5]
local cfg = cmsgpack.pack(settings)
local there = redis.call('HGET', KEYS[1], 'epoch')
if not there and epoch == '' then
  return cmsgpack.pack({ 'lost', '' })
end
redis.call('SET', KEYS[5], ARGV[3])
local sections = cmsgpack.unpack(ARGV[4])
if sections[1] then
  redis.call('HSET', KEYS[1], unpack(sections))
end
if there then
  -- Whoever read Postgres before the stock changed, or after a change that is still to be told here, does not know how much there is.
  if (tonumber(redis.call('HGET', KEYS[1], 'stock')) or 0) ~= (settings.stock or 0) then
    local known = cmsgpack.unpack(redis.call('HGET', KEYS[1], 'cfg'))
    settings.total, settings.draws = known.total, known.draws
    cfg = cmsgpack.pack(settings)
  end
  redis.call('HSET', KEYS[1], 'cfg', cfg)
  return cmsgpack.pack({ 'kept', there })
end
redis.call('HSET', KEYS[1], 'state', state, 'epoch', epoch, 'seq', 0, 'cfg', cfg, 'held', 0, 'sold', 0, 'revenue', 0,
  'orders', 0, 'shopping', 0, 'stock', settings.stock or 0, 'store', run_of_store())
if #ARGV[2] > 0 then
  redis.call('SET', KEYS[3], ARGV[2])
end
if pools[1] then
  redis.call('HSET', KEYS[4], unpack(pools))
end
if room[1] then
  redis.call('HSET', KEYS[6], unpack(room))
end
redis.call('SPUBLISH', KEYS[2], cmsgpack.pack({ e = epoch, q = 0, r = { state = state } }))
return cmsgpack.pack({ 'made', epoch })
