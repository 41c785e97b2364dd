-- seats_best: hold seats together in the best row that has them, near its middle, leaving no single seat alone where that can be avoided.
-- KEYS[1] sale    hash    the sale's state, settings and counters
-- KEYS[2] feed    channel what changed is published here
-- KEYS[3] seats   string  2 bits per seat
-- KEYS[4] pools   hash    pool -> free units
-- KEYS[5] carts   hash    buyer -> packed cart
-- KEYS[6] due     zset    buyer scored by the deadline of an open cart
-- KEYS[7] ended   zset    buyer scored by the instant the cart ended
-- KEYS[8] seen    zset    buyer scored by the instant last seen
-- KEYS[9] ends    hash    cart id -> packed {buyer, reason, instant, order, seats, units, has held, opened}, until that was written down
-- KEYS[10] buyers hash    buyer -> seats and units bought
-- KEYS[11] layout string  packed rows, the best first, each {section, first seat, seats}
-- A row is packed as {section, first seat, seats}.
-- ARGV[1] packed items, each {buyer, hold id, {seats, section or ''}, cart id if one has to be opened, 1 if the cart is wanted}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"held" | "again", deadline, seats, the cart} | {"none_together"} | {"unknown_section"}
--   | {"over_maximum", deadline, {maximum, has}} | {"conflict"} | {"no_cart"} | {"cart_ended"} | {"cart_locked"}
--   | {"sale_not_open"} | {"sale_paused"} | {"sale_closed"} | {"lost"}
-- A cart is told as {"cart", id, state, deadline, order, seats, units, end reason, bought, now, opened, 1 if opened by this call}.
-- A refused item writes nothing but its own answer, for repeats. Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_hold.lua
local SECTION, FIRST, SEATS_IN_ROW = 1, 2, 3
local ANY = ''
local packed_rows = redis.call('GET', KEYS[11])
local rows = packed_rows and cmsgpack.unpack(packed_rows) or {}
local sections = { [ANY] = true }
for i = 1, #rows do
  sections[rows[i][SECTION]] = true
end

-- Free runs of a row as {first seat, length}; kept until something in the row changes.
local runs_of, longest_of = {}, {}

local function read_runs(at)
  local runs, longest, run = {}, 0, nil
  local first = rows[at][FIRST]
  for seat = first, first + rows[at][SEATS_IN_ROW] - 1 do
    if seat_state(seat) ~= FREE then
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
  end
  runs_of[at], longest_of[at] = runs, longest
end

-- The first seat of the best stretch of a row: nearest to the row's middle; nil when none fits.
local function best_in_row(at, wanted, orphans)
  local middle = rows[at][FIRST] + (rows[at][SEATS_IN_ROW] - wanted) / 2
  local best, best_distance
  for _, run in ipairs(runs_of[at]) do
    local spare = run[2] - wanted
    for left = 0, spare do
      if orphans or (left ~= 1 and spare - left ~= 1) then
        local distance = math.abs(run[1] + left - middle)
        if not best or distance < best_distance then
          best, best_distance = run[1] + left, distance
        end
      end
    end
  end
  return best
end

-- Rows before this one have no such stretch, for this section and number of seats.
local start_at = {}

local function search(wanted, section, orphans)
  local name = wanted .. ' ' .. (orphans and 'o' or 'n') .. section
  for at = start_at[name] or 1, #rows do
    if section == ANY or rows[at][SECTION] == section then
      if not runs_of[at] then
        read_runs(at)
      end
      local first = longest_of[at] >= wanted and best_in_row(at, wanted, orphans)
      if first then
        start_at[name] = at
        return first, at
      end
    end
  end
  start_at[name] = #rows + 1
  return nil
end

local function find(wanted, section)
  local first, at = search(wanted, section, false)
  if not first then
    first, at = search(wanted, section, true)
  end
  while not first and not swept do
    sweep()
    runs_of, start_at = {}, {}
    first, at = search(wanted, section, true)
  end
  return first, at
end

local function take(buyer, cart, ask)
  local wanted, section = ask[1], ask[2]
  if not sections[section] then
    return 'unknown_section'
  end
  local allowed = allowance(buyer, cart)
  if wanted > allowed then
    return 'over_maximum', { cfg.person_max, cfg.person_max - allowed }
  end
  local first, at = find(wanted, section)
  if not first then
    return 'none_together'
  end
  local seats = {}
  for seat = first, first + wanted - 1 do
    set_seat(seat, HELD)
    seats[#seats + 1] = seat
    table.insert(cart[IN_SEATS], seat)
  end
  read_runs(at)
  -- What is left of the row may fit now without leaving a seat alone.
  for name, row in pairs(start_at) do
    if row > at then
      start_at[name] = string.find(name, ' n', 1, true) and at or row
    end
  end
  counts.held = counts.held + wanted
  return 'held', seats
end

return hold_each(take)
