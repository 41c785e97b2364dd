-- _stretches: the least remote stretch of free seats, found without looking at rows that can't have it.
-- A search is for so many seats in one section, and says whether one may be left alone. It lasts for the whole batch: it has
-- opened some rows, those with the least remote seats first, and keeps the best stretch of each in a heap.
local REMOTE, STRETCH, IN_ROW, CHANGES = 1, 2, 3, 4
-- section -> its searches by what they look for; places that are sold -> what is looked for -> the first section that may have it
local searches_in, begin_at = {}, {}
local held_then = counts.held

local function before(one, other)
  if one[REMOTE] ~= other[REMOTE] then
    return one[REMOTE] < other[REMOTE]
  end
  return one[STRETCH] < other[STRETCH]
end

local function push(heap, found)
  local at = #heap + 1
  while at > 1 and before(found, heap[floor(at / 2)]) do
    heap[at] = heap[floor(at / 2)]
    at = floor(at / 2)
  end
  heap[at] = found
end

local function pop(heap)
  local last, size, at = heap[#heap], #heap - 1, 1
  heap[#heap] = nil
  if size == 0 then
    return
  end
  while 2 * at <= size do
    local child = 2 * at
    if child < size and before(heap[child + 1], heap[child]) then
      child = child + 1
    end
    if not before(heap[child], last) then
      break
    end
    heap[at] = heap[child]
    at = child
  end
  heap[at] = last
end

local function look_in(search, row)
  local first, remote = best_in_row(row, search.wanted, search.alone)
  if first then
    push(search.heap, { remote, first, row, row.changes })
  end
end

-- What was found in a row that changed since is looked for again.
local function best_of(search)
  for row in pairs(search.changed) do
    look_in(search, row)
    search.changed[row] = nil
  end
  local heap = search.heap
  while true do
    while heap[1] and heap[1][CHANGES] ~= heap[1][IN_ROW].changes do
      pop(heap)
    end
    local ahead = nth_row(search.rows, search.section, search.opened + 1)
    if not ahead or (heap[1] and ahead.least * search.wanted > heap[1][REMOTE]) then
      return heap[1]
    end
    search.opened = search.opened + 1
    look_in(search, ahead)
  end
end

local function what_of(wanted, alone)
  return wanted * 2 + (alone and 1 or 0)
end

local function search_in(section, wanted, alone)
  local searches, what = searches_in[section], what_of(wanted, alone)
  if not searches then
    searches = {}
    searches_in[section] = searches
  end
  local search = searches[what]
  if not search then
    search = { section = section, rows = rows_of(section), wanted = wanted, alone = alone, opened = 0, heap = {}, changed = {} }
    searches[what] = search
  end
  return best_of(search)
end

-- `places` are those that the phase of the cart sells; nil: all.
local function search_everywhere(wanted, alone, places)
  local what, all = what_of(wanted, alone), sections()
  local begins = begin_at[places or ANY] or {}
  begin_at[places or ANY] = begins
  for nth = begins[what] or 1, #all do
    local found = (not places or places[all[nth]]) and search_in(all[nth], wanted, alone)
    if found then
      begins[what] = nth
      return found
    end
  end
  begins[what] = #all + 1
  return nil
end

local function search_for(wanted, section, alone, places)
  if section == ANY then
    return search_everywhere(wanted, alone, places)
  end
  return search_in(section, wanted, alone)
end

-- Seats of this row were taken. What is left of it may fit now without leaving a seat alone.
local function row_changed(row)
  row.changes, row.runs, held_then = (row.changes or 0) + 1, nil, counts.held
  for _, search in pairs(searches_in[row.section]) do
    if row.nth <= search.opened then
      search.changed[row] = true
    end
  end
  for _, begins in pairs(begin_at) do
    for what, nth in pairs(begins) do
      begins[what] = math.min(nth, nth_section[row.section])
    end
  end
end

-- Seats became free: a cart came to its end.
local function forget_all()
  searches_in, begin_at, held_then = {}, {}, counts.held
  for _, rows in pairs(rows_in) do
    for _, row in pairs(rows and rows.read or {}) do
      row.runs = nil
    end
  end
end

-- First seat and row of the best stretch there is; carts that are due end until there is one.
local function find(wanted, section, places)
  while true do
    if counts.held ~= held_then then
      forget_all()
    end
    local found = search_for(wanted, section, false, places) or search_for(wanted, section, true, places)
    if found then
      return found[STRETCH], found[IN_ROW]
    end
    if swept then
      return nil
    end
    sweep()
  end
end
