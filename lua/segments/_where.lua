-- The record of a person in `where`: 20 bytes at number * 20, big-endian.
-- latitude and longitude in ten-millionths of a degree, second it was located (0: never), accuracy in metres, zone, cell.
local WHERE = '>i4i4I4I2I2I4'
local WHERE_BYTES = 20

local function where_of(key, number)
  local record = redis.call('GETRANGE', key, number * WHERE_BYTES, number * WHERE_BYTES + WHERE_BYTES - 1)
  if #record < WHERE_BYTES then
    return 0, 0, 0, 0, 0, 0
  end
  return struct.unpack(WHERE, record)
end
