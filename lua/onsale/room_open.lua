-- room_open: show the secret of the draw, and open the sale.
-- KEYS[1] sale    hash    the sale's state, settings and counters
-- KEYS[2] feed    channel what changed is published here
-- KEYS[3] room    hash    numbers handed out, admission, calls
-- ARGV[1] packed items, each {secret in hex, places in the draw, digest of the roster}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"set" | "kept", state} | {"lost"}
-- On "kept", which is every state but scheduled and lobby, nothing was written.
-- include: onsale/_call.lua
local ROOM = KEYS[3]
local verdicts = {}
for i = 1, #items do
  verdicts[i] = { 'kept', state }
  if state == 'scheduled' or state == 'lobby' then
    local secret, places, digest = unpack(items[i])
    redis.call('HSET', ROOM, 'secret', secret, 'lobby', places, 'digest', digest)
    if (tonumber(redis.call('HGET', ROOM, 'gap_to')) or 0) > 0 then
      -- Redis was lost in the lobby: only those who came back are known to wait.
      redis.call('HSET', ROOM, 'gap_from', 0, 'gap_to', places)
    end
    state = 'open'
    redis.call('HSET', SALE, 'state', state)
    room_news = { state = state, secret = secret, lobby = places, digest = digest }
    verdicts[i] = { 'set', state }
  end
end
publish()
return cmsgpack.pack(verdicts)
