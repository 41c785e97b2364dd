-- persons_leave: forget where persons are.
-- KEYS[1] where  string  20 bytes per person (_where.lua)
-- KEYS[2] worn   set     cells that somebody moved into, or left
-- KEYS[3] moved  set     persons whose position Postgres doesn't know yet
-- ARGV[1] packed numbers
-- Returns packed verdicts, one per number: "left" | "unknown"
-- Of whoever has no position only the zone goes. Their cells are worn then: cells_tidy drops them from there.
-- include: segments/_where.lua
local verdicts = {}
local size = redis.call('STRLEN', KEYS[1])
for at, number in ipairs(cmsgpack.unpack(ARGV[1])) do
  verdicts[at] = 'unknown'
  if (number + 1) * WHERE_BYTES <= size then
    local _, _, _, _, _, cell = where_of(KEYS[1], number)
    if cell > 0 then
      redis.call('SADD', KEYS[2], cell)
    end
    redis.call('SETRANGE', KEYS[1], number * WHERE_BYTES, string.rep('\0', WHERE_BYTES))
    verdicts[at] = 'left'
  end
  redis.call('SREM', KEYS[3], number)
end
return cmsgpack.pack(verdicts)
