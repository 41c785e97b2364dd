-- _types: ticket types that have a number, as the pools they are counted in.

-- The units, and of the types those that have a number.
local function with_types(units, types)
  local all = { unpack(units) }
  for i = 1, #types, 2 do
    local pool = 'type:' .. types[i]
    if cfg.pools[pool] then
      all[#all + 1] = pool
      all[#all + 1] = types[i + 1]
    end
  end
  return all
end
