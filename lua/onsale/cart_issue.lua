-- cart_issue: open carts for members of the organizer, who wait for no turn and bring nothing; a live cart is answered as it is.
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
-- ARGV[1] packed items, each {buyer, new cart id, most seats and units or 0 for that of the sale}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"cart", id, state, deadline, order, seats, units, end reason, bought, now, opened, 1 if opened by this call}
--   | {"sale_not_open"} | {"sale_paused"} | {"sale_closed"} | {"lost"}
-- Such a cart is counted among those who shop while it lasts, so that fewer are called; it is opened however many those are.
-- A refused item writes nothing. Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_cart.lua
local BUYERS = KEYS[10]
begin()

local function issue(buyer, cart_id, most)
  local cart = cart_of(buyer)
  if not (cart and cart[STATE] ~= 'ended') then
    if state ~= 'open' then
      return { STATE_REFUSALS[state] }
    end
    cart = open_cart(buyer, cart_id)
    cart[MOST] = most > 0 and most or cfg.person_max
  end
  return cart_answer(cart, redis.call('HGET', BUYERS, buyer))
end

local verdicts = {}
for i = 1, #items do
  verdicts[i] = issue(unpack(items[i]))
end
return finish(verdicts)
