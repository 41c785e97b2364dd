-- cart_touch: buyers were seen: whoever is shopping stays inside.
-- KEYS[1] sale    hash    the sale's state, settings and counters
-- KEYS[2] feed    channel what changed is published here
-- KEYS[3] seen    zset    buyer scored by the instant last seen
-- ARGV[1] packed items, each {buyer}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"seen"} | {"lost"}
-- A buyer without a cart is passed over.
-- When lost, nothing is written.
-- include: onsale/_call.lua
local verdicts = {}
for i = 1, #items do
  redis.call('ZADD', KEYS[3], 'XX', now, items[i][1])
  verdicts[i] = { 'seen' }
end
return cmsgpack.pack(verdicts)
