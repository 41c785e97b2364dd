-- Metres between two points given in ten-millionths of a degree: the formula of engine/promos/geo.py.
local EARTH_RADIUS_M = 6371008.8
local RADIANS_PER_UNIT = math.pi / 180 / 10000000

local function distance_m(lat_1, lon_1, lat_2, lon_2)
  local by_lat = math.sin((lat_2 - lat_1) * RADIANS_PER_UNIT / 2)
  local by_lon = math.sin((lon_2 - lon_1) * RADIANS_PER_UNIT / 2)
  local across = math.cos(lat_1 * RADIANS_PER_UNIT) * math.cos(lat_2 * RADIANS_PER_UNIT)
  local share = by_lat * by_lat + across * by_lon * by_lon
  return 2 * EARTH_RADIUS_M * math.asin(math.min(1, math.sqrt(share)))
end
