-- _rows: the rows of each section, which seats in each are free, and how remote each is; read when a search comes to them.
-- Uses KEYS[1] sale, KEYS[11] layout.
-- A row is packed as {section, first seat, seats}.
-- The rows of a section are a string: how many there are, and the bytes of one, two bytes each; then for each, the least remote
-- first, {first seat (4), seats (2), least remoteness (2), where its remoteness begins (4)}; then two bytes for each seat.
-- Of a sale that an older version wrote there are packed rows only: those before are better, and the middle of each.
local ROW = '>I4I2I2I4'
-- Between two rows of which nobody said how remote they are: more than the seats of any row.
local APART = 4096
local ANY = ''
local SECTION, FIRST, SEATS_IN_ROW = 1, 2, 3
-- Sections, the best first, and which each is; section -> its rows, or false when there is no such section.
local sections_known, nth_section
local rows_in = {}

local function rows_by_order()
  local packed = redis.call('GET', KEYS[11])
  local names = {}
  for nth, row in ipairs(packed and cmsgpack.unpack(packed) or {}) do
    local section = row[SECTION]
    if not rows_in[section] then
      names[#names + 1] = section
      rows_in[section] = { count = 0, read = {} }
    end
    local rows = rows_in[section]
    rows.count = rows.count + 1
    rows.read[rows.count] =
      { section = section, nth = rows.count, first = row[FIRST], seats = row[SEATS_IN_ROW], least = nth * APART }
  end
  return names
end

local function sections()
  if not sections_known then
    local packed = redis.call('HGET', SALE, 'sections')
    sections_known, nth_section = packed and cmsgpack.unpack(packed) or rows_by_order(), {}
    for nth, section in ipairs(sections_known) do
      nth_section[section] = nth
    end
  end
  return sections_known
end

local function rows_of(section)
  local known = sections() and rows_in[section]
  if known == nil then
    local packed = redis.call('HGET', SALE, 'rows:' .. section)
    known = false
    if packed then
      local count, bytes = struct.unpack('>I2I2', packed)
      known = { count = count, bytes = bytes, packed = packed, read = {} }
    end
    rows_in[section] = known
  end
  return known
end

-- The nth row of a section, by least remoteness; nil after the last one.
local function nth_row(rows, section, nth)
  if nth > rows.count then
    return nil
  end
  local row = rows.read[nth]
  if not row then
    row = { section = section, nth = nth, packed = rows.packed }
    row.first, row.seats, row.least, row.begins = struct.unpack(ROW, rows.packed, 5 + (nth - 1) * rows.bytes)
    rows.read[nth] = row
  end
  return row
end

-- Sums of remoteness in a row: that of its first n seats at n + 1.
local function sums_of(row)
  if row.sums then
    return row.sums
  end
  local total, sums, seats = 0, { 0 }, row.seats
  if row.packed then
    local bytes = { byte_at(row.packed, row.begins, row.begins + 2 * seats - 1) }
    for n = 1, seats do
      total = total + bytes[2 * n - 1] * 256 + bytes[2 * n]
      sums[n + 1] = total
    end
  else
    for n = 1, seats do
      total = total + row.least + math.abs(2 * n - 1 - seats)
      sums[n + 1] = total
    end
  end
  row.sums = sums
  return sums
end

-- byte -> whether none of its four seats is free
local all_taken = {}

local function are_all_taken(byte)
  if all_taken[byte] == nil then
    all_taken[byte] = byte >= 64 and floor(byte / 16) % 4 > 0 and floor(byte / 4) % 4 > 0 and byte % 4 > 0
  end
  return all_taken[byte]
end

-- Free runs of a row as {first seat, length}, and the length of the longest; kept until something in the row changes.
local function read_runs(row)
  local runs, longest, run = {}, 0, nil
  local seat, ending = row.first, row.first + row.seats
  seat_state(seat) -- reads them all
  while seat < ending do
    local slot, at = seat % 4, floor(seat / 4)
    local byte = bytes_now[at] or byte_at(packed_seats, at + 1)
    if slot == 0 and are_all_taken(byte) then
      run, seat = nil, seat + 4
    else
      if floor(byte / SHIFT[slot]) % 4 ~= FREE then
        run = nil
      elseif run then
        run[2] = run[2] + 1
      else
        run = { seat, 1 }
        runs[#runs + 1] = run
      end
      if run and run[2] > longest then
        longest = run[2]
      end
      seat = seat + 1
    end
  end
  row.runs, row.longest = runs, longest
end

-- The first seat of the least remote stretch of a row, and the remoteness of its seats together; nil when none fits.
local function best_in_row(row, wanted, alone)
  if not row.runs then
    read_runs(row)
  end
  if row.longest < wanted then
    return nil
  end
  local sums, before = sums_of(row), row.first - 1
  local best, least
  for _, run in ipairs(row.runs) do
    local spare = run[2] - wanted
    for left = 0, spare do
      if alone or (left ~= 1 and spare - left ~= 1) then
        local n = run[1] + left - before
        local remote = sums[n + wanted] - sums[n]
        if not least or remote < least then
          best, least = run[1] + left, remote
        end
      end
    end
  end
  return best, least
end
