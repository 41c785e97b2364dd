-- sale_set: move a sale to another state, if it is in one of those it may come from.
-- KEYS[1] sale   hash    the sale's state, settings and counters
-- KEYS[2] feed   channel what changed is published here
-- ARGV[1] packed items, each {state, {states it may come from}}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"set" | "kept", state} | {"lost"}
-- On "kept" nothing was written.
-- include: onsale/_call.lua
local verdicts = {}
for i = 1, #items do
  verdicts[i] = { 'kept', state }
  for _, from in ipairs(items[i][2]) do
    if from == state and state ~= items[i][1] then
      state = items[i][1]
      redis.call('HSET', SALE, 'state', state)
      room_news.state = state
      verdicts[i] = { 'set', state }
      break
    end
  end
end
publish()
return cmsgpack.pack(verdicts)
