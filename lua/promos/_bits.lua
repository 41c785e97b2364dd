-- Reads bits of bitmaps a page at a time: a call that asks thousands of them costs some hundred reads.
local PAGE_BYTES = 4096
local PAGE_BITS = PAGE_BYTES * 8
local MASKS = { [0] = 128, 64, 32, 16, 8, 4, 2, 1 }
local floor, byte, band = math.floor, string.byte, bit.band

-- Where a number is in a bitmap: the page, the byte within it, the mask within that.
local function spot_of(number)
  local page = floor(number / PAGE_BITS)
  local within = number - page * PAGE_BITS
  return page, floor(within / 8) + 1, MASKS[within % 8]
end

local function bitmap_of(key)
  return { key = key, pages = {} }
end

local function has_bit(bitmap, page, at, mask)
  local bytes = bitmap.pages[page]
  if bytes == nil then
    bytes = redis.call('GETRANGE', bitmap.key, page * PAGE_BYTES, page * PAGE_BYTES + PAGE_BYTES - 1)
    bitmap.pages[page] = bytes
  end
  local found = byte(bytes, at)
  return found ~= nil and band(found, mask) ~= 0
end
