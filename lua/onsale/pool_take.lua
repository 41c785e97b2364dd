-- pool_take: hold units of a pool, and of every pool it draws on, in carts, each item all or nothing.
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
-- ARGV[1] packed items, each {buyer, hold id, {pool, units}, cart id if one has to be opened, 1 if the cart is wanted}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"held" | "again", deadline, false if a cart follows, the cart} | {"short", deadline, units left} | {"unknown_pool", deadline}
--   | {"over_maximum", deadline, {maximum, has}} | {"conflict"} | {"no_cart"} | {"cart_ended"} | {"cart_locked"}
--   | {"sale_not_open"} | {"sale_paused"} | {"sale_closed"} | {"lost"}
--   | {"not_in_phase", deadline, {}} | {"between_phases", 0, when the next begins or 0}
-- A cart is told as {"cart", id, state, deadline, order, seats, units, end reason, bought, now, opened, 1 if opened by this call}.
-- A refused item writes nothing but its own answer, for repeats. Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_hold.lua

-- A pool that is sold as hidden types alone is none to carts that nothing shows it to.
local function is_shown(cart, pool, phase)
  local unlocks = cfg.hidden and cfg.hidden[pool]
  return not unlocks or (cart[MOST] or 0) > 0 or is_unlocked(cart, unlocks)
    or (phase and (not phase.places or phase.places[pool]))
end

local function take(buyer, cart, ask)
  local pool, units = ask[1], ask[2]
  local phase = PHASES and phase_of(cart)
  if not is_stocked(pool) or is_type(pool) or not is_shown(cart, pool, phase) then
    return 'unknown_pool'
  end
  local unlocked = cfg.hidden and cfg.hidden[pool] and is_unlocked(cart, cfg.hidden[pool])
  if phase and phase.places and not phase.places[pool] and not unlocked then
    return 'not_in_phase', {}
  end
  local most, has = cfg.product_max and cfg.product_max[pool], units_in(cart, pool)
  if is_stock(pool) then
    most, has = most_of(cart), had_by(buyer, cart)
  end
  if has + units > most then
    return 'over_maximum', { most, has }
  end
  while units_free(pool) < units and not swept do
    sweep()
  end
  if units_free(pool) < units then
    return 'short', units_free(pool)
  end
  add_units(pool, -units)
  set_units_in(cart, pool, units_in(cart, pool) + units)
  counts.held = counts.held + stock_in(pool, units)
  return 'held'
end

return hold_each(take)
