-- seats_best: hold the least remote seats together of the best section that has them, leaving no single seat alone where that can be avoided.
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
-- KEYS[11] layout string  packed rows
-- ARGV[1] packed items, each {buyer, hold id, {seats, section or ''}, cart id if one has to be opened, 1 if the cart is wanted}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"held" | "again", deadline, seats, the cart} | {"none_together"} | {"unknown_section"}
--   | {"over_maximum", deadline, {maximum, has}} | {"conflict"} | {"no_cart"} | {"cart_ended"} | {"cart_locked"}
--   | {"sale_not_open"} | {"sale_paused"} | {"sale_closed"} | {"lost"}
--   | {"not_in_phase", deadline, {}} | {"between_phases", 0, when the next begins or 0}
-- A cart is told as {"cart", id, state, deadline, order, seats, units, end reason, bought, now, opened, 1 if opened by this call}.
-- A refused item writes nothing but its own answer, for repeats. Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_hold.lua
-- include: onsale/_rows.lua
-- include: onsale/_stretches.lua

local function take(buyer, cart, ask)
  local wanted, section = ask[1], ask[2]
  local phase = PHASES and phase_of(cart)
  local places = phase and phase.places
  if section ~= ANY and not rows_of(section) then
    return 'unknown_section'
  elseif places and section ~= ANY and not places[section] then
    return 'not_in_phase', {}
  end
  local most, has = most_of(cart), had_by(buyer, cart)
  if has + wanted > most then
    return 'over_maximum', { most, has }
  end
  local first, row = find(wanted, section, places)
  if not first then
    return 'none_together'
  end
  local seats = {}
  for seat = first, first + wanted - 1 do
    set_seat(seat, HELD)
    seats[#seats + 1] = seat
    table.insert(cart[IN_SEATS], seat)
  end
  counts.held = counts.held + wanted
  row_changed(row)
  return 'held', seats
end

return hold_each(take)
