-- room_open: show the secret of the draw, and open the sale.
-- KEYS[1] sale    hash    the sale's state, settings and counters
-- KEYS[2] feed    channel what changed is published here
-- KEYS[3] room    hash    numbers handed out, admission, calls
-- ARGV[1] packed items, each {secret in hex, places in the draw, digest of the roster, how often the sale had been steered}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"set" | "kept", state} | {"lost"}
-- On "kept" nothing was written: the state is neither scheduled nor lobby, or somebody who came before knew of later steering.
-- include: onsale/_call.lua
local ROOM = KEYS[3]
local verdicts = {}
for i = 1, #items do
  verdicts[i] = { 'kept', state }
  local secret, places, digest, steered = unpack(items[i])
  if (state == 'scheduled' or state == 'lobby') and steered >= (tonumber(redis.call('HGET', SALE, 'steered')) or 0) then
    redis.call('HSET', ROOM, 'secret', secret, 'lobby', places, 'digest', digest)
    if (tonumber(redis.call('HGET', ROOM, 'gap_to')) or 0) > 0 then
      -- Redis was lost in the lobby: only those who came back are known to wait.
      redis.call('HSET', ROOM, 'gap_from', 0, 'gap_to', places)
    end
    state = 'open'
    redis.call('HSET', SALE, 'state', state, 'steered', steered)
    room_news = { state = state, secret = secret, lobby = places, digest = digest }
    verdicts[i] = { 'set', state }
  end
end
publish()
return cmsgpack.pack(verdicts)
