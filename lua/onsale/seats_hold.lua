-- seats_hold: hold the named seats in carts, each item all or nothing.
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
-- ARGV[1] packed items, each {buyer, hold id, seats, cart id if one has to be opened, 1 if the cart is wanted}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"held" | "again", deadline, seats added when some were in the cart already or false, the cart}
--   | {"seat_taken", deadline, seats} | {"unknown_seat", deadline, seats} | {"companion_alone", deadline, seats}
--   | {"over_maximum", deadline, {maximum, has}}
--   | {"conflict"} | {"no_cart"} | {"cart_ended"} | {"cart_locked"} | {"sale_not_open"} | {"sale_paused"} | {"sale_closed"} | {"lost"}
--   | {"not_in_phase", deadline, seats} | {"between_phases", 0, when the next begins or 0}
-- A cart is told as {"cart", id, state, deadline, order, seats, units, end reason, bought, now, opened, 1 if opened by this call}.
-- A refused item writes nothing but its own answer, for repeats. Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_hold.lua

local function in_cart(cart, seat)
  for _, each in ipairs(cart[IN_SEATS]) do
    if each == seat then
      return true
    end
  end
  return false
end

-- The seats of an ask that nobody may have, and those that the cart has already.
local function judge(cart, seats)
  local unknown, taken, own, twice = {}, {}, {}, {}
  for _, seat in ipairs(seats) do
    local seat_is = seat_state(seat)
    while seat_is == HELD and not swept do
      sweep()
      seat_is = seat_state(seat)
    end
    if not seat_is or twice[seat] then
      unknown[#unknown + 1] = seat
    elseif seat_is ~= FREE and not (seat_is == OFF and may_draw(cart, seat)) then
      if seat_is == HELD and in_cart(cart, seat) then
        own[seat] = true
      else
        taken[#taken + 1] = seat
      end
    end
    twice[seat] = true
  end
  return unknown, taken, own
end

-- Whether all are free and none is named twice, as almost always.
local function all_free(seats)
  for i = 1, #seats do
    if seat_state(seats[i]) ~= FREE then
      return false
    end
    for other = 1, i - 1 do
      if seats[other] == seats[i] then
        return false
      end
    end
  end
  return true
end

local function without(seats, own)
  local kept = {}
  for _, seat in ipairs(seats) do
    if not own[seat] then
      kept[#kept + 1] = seat
    end
  end
  return kept
end

-- Seats of companions that the cart would have without the accessible seat beside each.
local function alone(cart, seats)
  local found = {}
  for i = 1, #seats do
    local space = space_of(seats[i])
    local beside = not space or in_cart(cart, space)
    for other = 1, beside and 0 or #seats do
      beside = beside or seats[other] == space
    end
    if not beside then
      found[#found + 1] = seats[i]
    end
  end
  return found
end

local function take(buyer, cart, seats)
  local phase = PHASES and phase_of(cart)
  local draws = cfg.draws and function(seat)
    return may_draw(cart, seat)
  end
  local elsewhere = phase and phase.runs and outside(phase, seats, draws)
  if elsewhere then
    return 'not_in_phase', elsewhere
  end
  local added = seats
  if not all_free(seats) then
    local unknown, taken, own = judge(cart, seats)
    if unknown[1] then
      return 'unknown_seat', unknown
    elseif taken[1] then
      return 'seat_taken', taken
    end
    added = without(seats, own)
  end
  if cfg.companions then
    local companions = alone(cart, seats)
    if companions[1] then
      return 'companion_alone', companions
    end
  end
  local most, has = most_of(cart), had_by(buyer, cart)
  if has + #added > most then
    return 'over_maximum', { most, has }
  end
  local held = cart[IN_SEATS]
  for i = 1, #added do
    set_seat(added[i], HELD)
    held[#held + 1] = added[i]
  end
  counts.held = counts.held + #added
  if #added == #seats then
    return 'held'
  end
  return 'held', added
end

return hold_each(take)
