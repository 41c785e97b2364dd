-- persons_place: write where persons are, a newer position over an older one.
-- KEYS[1] where  string  20 bytes per person (_where.lua)
-- KEYS[2] worn   set     cells that somebody moved into
-- KEYS[3] moved  set     persons whose position Postgres doesn't know yet
-- KEYS[4…] cells string  4 bytes per person that came in
-- ARGV[1] packed items, each {number, latitude, longitude, located s, accuracy m, zone, cell, index of the cell's key}
-- ARGV[2] "report" when the positions are news to Postgres, else ""
-- Returns packed verdicts, one per item: "placed" | "older"
-- A position older than the known one is not written, only its zone; located 0 says that there is none.
-- include: segments/_where.lua
local verdicts = {}
for at, item in ipairs(cmsgpack.unpack(ARGV[1])) do
  local number, lat, lon, located, accuracy, zone, cell, key = unpack(item)
  local known_lat, known_lon, known_located, known_accuracy, _, known_cell = where_of(KEYS[1], number)
  verdicts[at] = 'placed'
  if located < known_located then
    verdicts[at] = 'older'
    lat, lon, located, accuracy, cell = known_lat, known_lon, known_located, known_accuracy, known_cell
  elseif cell ~= known_cell and cell > 0 then
    redis.call('APPEND', KEYS[3 + key], struct.pack('>I4', number))
    if known_cell > 0 then
      redis.call('SADD', KEYS[2], cell, known_cell)
    end
  end
  local record = struct.pack(WHERE, lat, lon, located, accuracy, zone, cell)
  redis.call('SETRANGE', KEYS[1], number * WHERE_BYTES, record)
  if ARGV[2] == 'report' and verdicts[at] == 'placed' then
    redis.call('SADD', KEYS[3], number)
  end
end
return cmsgpack.pack(verdicts)
