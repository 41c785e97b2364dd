-- sale_set: move a sale to another state, if it is in one of those it may come from; tell watchers of a new price list.
-- KEYS[1] sale   hash    the sale's state, settings and counters
-- KEYS[2] feed   channel what changed is published here
-- ARGV[1] packed items, each {state, {states it may come from}, how often the sale had been steered, or nil,
--   how often its event has changed, or nil}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"set" | "kept", state} | {"lost"}
-- On "kept" the state was not written: it may not follow, or somebody who came before knew of later steering. That its
-- event has changed is published, whatever becomes of the state.
-- include: onsale/_call.lua
local known = tonumber(redis.call('HGET', SALE, 'steered')) or 0
local told = tonumber(redis.call('HGET', SALE, 'revision')) or 0
local verdicts = {}
for i = 1, #items do
  local wanted, froms, steered = items[i][1], items[i][2], items[i][3] or known
  verdicts[i] = { 'kept', state }
  local revision = items[i][4] or told
  if revision > told then
    told = revision
    redis.call('HSET', SALE, 'revision', told)
    room_news.revision = told
  end
  if steered > known then
    known = steered
    redis.call('HSET', SALE, 'steered', known)
  end
  for _, from in ipairs(froms) do
    if steered == known and from == state and state ~= wanted then
      state = wanted
      redis.call('HSET', SALE, 'state', state)
      room_news.state = state
      verdicts[i] = { 'set', state }
      break
    end
  end
end
local list = cfg.list or 1
if list > (tonumber(redis.call('HGET', SALE, 'list')) or 1) then
  redis.call('HSET', SALE, 'list', list)
  room_news.list, room_news.list_from_ms = list, cfg.list_from_ms
end
publish()
return cmsgpack.pack(verdicts)
