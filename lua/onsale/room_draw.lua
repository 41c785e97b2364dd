-- room_draw: end the lobby: from now on the roster of the draw is fixed, and numbers go to latecomers.
-- KEYS[1] sale    hash    the sale's state, settings and counters
-- KEYS[2] feed    channel what changed is published here
-- KEYS[3] room    hash    numbers handed out, admission, calls
-- ARGV[1] packed items, each {how often the sale had been steered}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"drawn", places in the draw, digest of the roster} | {"kept"} | {"lost", epoch or ""}
-- Repeating it answers the same.
-- On "kept" nothing was written: somebody who came before knew of later steering.
-- When lost, nothing is written; `epoch` is told when another server answers than the one the sale was written on.
-- include: onsale/_call.lua
-- include: onsale/_store.lua
if is_elsewhere(SALE) then
  return all_lost(head[2])
end
local ROOM = KEYS[3]
local room = redis.call('HMGET', ROOM, 'lobby', 'digest', 'tail')
local places, digest = tonumber(room[1]), room[2] or ''
local known = tonumber(redis.call('HGET', SALE, 'steered')) or 0
local latest = 0
for i = 1, #items do
  latest = math.max(latest, items[i][1] or known)
end
if not places and latest >= known then
  places = tonumber(room[3]) or 0
  redis.call('HSET', ROOM, 'lobby', places, 'digest', digest)
end
local verdicts = {}
for i = 1, #items do
  verdicts[i] = places and { 'drawn', places, digest } or { 'kept' }
end
return cmsgpack.pack(verdicts)
