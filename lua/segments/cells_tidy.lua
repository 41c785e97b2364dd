-- cells_tidy: drop from cells of the grid who has left them, and who is there twice.
-- KEYS[1] where  string  20 bytes per person
-- KEYS[2] worn   set     cells that somebody moved into
-- KEYS[3…] cells string  4 bytes per person that came in
-- ARGV[1] packed items, each {cell, index of the cell's key}
-- Returns packed counts, one per item: how many entries went
-- include: segments/_where.lua
local counts = {}
for at, item in ipairs(cmsgpack.unpack(ARGV[1])) do
  local cell, key = item[1], KEYS[2 + item[2]]
  local entries = redis.call('GET', key) or ''
  local kept, seen = {}, {}
  for offset = 1, #entries, 4 do
    local number = struct.unpack('>I4', entries, offset)
    local _, _, _, _, _, known_cell = where_of(KEYS[1], number)
    if known_cell == cell and not seen[number] then
      seen[number] = true
      kept[#kept + 1] = string.sub(entries, offset, offset + 3)
    end
  end
  counts[at] = #entries / 4 - #kept
  if #kept == 0 then
    redis.call('DEL', key)
  elseif counts[at] > 0 then
    redis.call('SET', key, table.concat(kept))
  end
  redis.call('SREM', KEYS[2], cell)
end
return cmsgpack.pack(counts)
