-- room_admit: the keeper's step: calls lapse, buyers who missed their turn get free slots, then the next places are called.
-- KEYS[1] sale    hash    the sale's state, settings and counters
-- KEYS[2] feed    channel what changed is published here
-- KEYS[3] room    hash    numbers handed out, admission, calls
-- KEYS[4] back    zset    buyers that missed their turn and came back, scored by place
-- KEYS[5] gone    zset    waiting buyers that left, scored by place
-- KEYS[6] returned zset   buyers that came back after Redis was lost, scored by place
-- ARGV[1] packed items, of which the first counts: {most buyers to call, rate to show, place from which there is no hope or 0}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, the same for each item: {"admitted", buyers called, buyers called that may still come, what the room knows}, where the last is
--   {epoch, seq, state, tail, serving, lobby or -1, digest, shopping, free, left, sold, orders, now, gap_from, gap_to} | {"lost", epoch or ""}
-- The number of those inside and those called never passes shoppers_max; only an open sale calls, and not between its phases.
-- When lost, nothing is written; `epoch` is told when another server answers than the one the sale was written on.
-- include: onsale/_call.lua
-- include: onsale/_phase.lua
-- include: onsale/_room.lua
-- include: onsale/_store.lua
if is_elsewhere(SALE) then
  return all_lost(head[2])
end
local ROOM, BACK, GONE, RETURNED = KEYS[3], KEYS[4], KEYS[5], KEYS[6]
-- Calls of one second are one call.
local JOIN_CALLS_MS = 1000
local call_max, rate, hopeless_from = unpack(items[1])
read_room(ROOM)

for i = #calls, 1, -1 do
  if calls[i][AT] + cfg.claim_ms <= now or calls[i][OPEN] <= 0 then
    table.remove(calls, i)
    room_set = true
  end
end

-- Those who missed their turn and are here again come first.
local function call_back(buyers_max)
  if buyers_max <= 0 then
    return 0
  end
  local back = redis.call('ZRANGE', BACK, 0, buyers_max - 1, 'WITHSCORES')
  for i = 1, #back, 2 do
    local place = tonumber(back[i + 1])
    calls[#calls + 1] = { place, place + 1, now, 1 }
    noted[#noted + 1] = back[i]
    redis.call('ZREM', BACK, back[i])
    room_set = true
  end
  return #back / 2
end

-- One stretch of places from `from` that may hold `wanted` waiting buyers: where it ends, and how many it holds.
local function stretch(from, wanted)
  if gap_from <= from and from < gap_to then
    local here = redis.call('ZRANGEBYSCORE', RETURNED, from, '(' .. gap_to, 'WITHSCORES', 'LIMIT', 0, wanted)
    if #here / 2 < wanted then
      return gap_to, #here / 2
    end
    return tonumber(here[#here]) + 1, wanted
  end
  local to = math.min(tail, from + wanted)
  if from < gap_from and gap_from < gap_to then
    to = math.min(to, gap_from)
  end
  return to, to - from - redis.call('ZCOUNT', GONE, from, '(' .. to)
end

-- The next `buyers_max` waiting places, in order; those that left are passed over.
local function call_next(buyers_max)
  local from, to, open = serving, serving, 0
  while open < buyers_max and to < tail do
    local reached, found = stretch(to, buyers_max - open)
    to, open = reached, open + found
  end
  if to == from then
    return 0
  end
  local last = calls[#calls]
  if last and last[TO] == from and now - last[AT] < JOIN_CALLS_MS then
    last[TO], last[OPEN], last[AT] = to, last[OPEN] + open, now
  else
    calls[#calls + 1] = { from, to, now, open }
  end
  serving = to
  room_set = true
  redis.call('ZREMRANGEBYSCORE', GONE, '-inf', '(' .. serving)
  redis.call('ZREMRANGEBYSCORE', RETURNED, '-inf', '(' .. serving)
  return open
end

local admitted = 0
if state == 'open' and not between_phases() then
  local free = math.min(call_max, cfg.shoppers_max - counts.shopping - called())
  admitted = call_back(free)
  admitted = admitted + call_next(free - admitted)
end
local shown = redis.call('HMGET', ROOM, 'rate', 'hopeless_from')
if shown[1] ~= rate or tonumber(shown[2]) ~= hopeless_from then
  redis.call('HSET', ROOM, 'rate', rate, 'hopeless_from', hopeless_from)
  room_news.rate, room_news.hopeless_from = tonumber(rate), hopeless_from
end
local digest = redis.call('HGET', ROOM, 'digest') or ''
write_room(ROOM, GONE)
publish()
local seq = tonumber(redis.call('HGET', SALE, 'seq'))
local verdict = { 'admitted', admitted, called(), {
  head[2], seq, state, tail, serving, lobby or -1, digest, counts.shopping,
  for_sale() - counts.sold - counts.held, for_sale() - counts.sold, counts.sold, counts.orders, now, gap_from, gap_to,
} }
local verdicts = {}
for i = 1, #items do
  verdicts[i] = verdict
end
return cmsgpack.pack(verdicts)
