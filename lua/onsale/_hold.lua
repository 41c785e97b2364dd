-- _hold: the frame of every command that adds to a cart.
-- Uses KEYS[10] buyers.
-- include: onsale/_cart.lua
-- include: onsale/_phase.lua
local BUYERS = KEYS[10]
local bought = {}

-- The phase of a cart; nil for those of members, who sell in all of them.
local function phase_of(cart)
  return (cart[MOST] or 0) == 0 and phase_begun(cart[OPENED] or 0) or nil
end

-- How many seats and units a buyer may have, by this cart.
local function most_of(cart)
  if (cart[MOST] or 0) > 0 then
    return cart[MOST]
  end
  local phase = PHASES and phase_of(cart)
  return phase and phase.most > 0 and phase.most or cfg.person_max
end

-- Whether a cart may have a seat that is withheld: a code that was brought to it, or its phase, lets it draw on the allocation.
local function may_draw(cart, seat)
  local allocation = cfg.draws and (cart[MOST] or 0) == 0 and draw_of(seat)
  if not allocation then
    return false
  end
  local phase = PHASES and phase_of(cart)
  return is_unlocked(cart, (cfg.openers or {})[allocation] or {}) or (phase and phase.draws and phase.draws[allocation]) or false
end

-- How many a buyer has, holds and paid orders together.
local function had_by(buyer, cart)
  return size_of(cart) + (bought[buyer] or 0)
end

-- A cart to hold in: in a sale without a room the first hold starts it, unless entering costs something, and its clock. Once
-- something was held the clock runs on, whatever is given back.
local function cart_to_hold(buyer, cart_id)
  local cart = cart_of(buyer)
  if cfg.shoppers_max > 0 or (cart and cart[STATE] == 'locked') then
    return cart
  end
  if not cart or cart[STATE] == 'ended' then
    local phase = PHASES and phase_now()
    if (phase and phase.entry or cfg.entry or 'open') ~= 'open' then
      return cart
    end
    return open_cart(buyer, cart_id)
  end
  if is_empty(cart) and not cart[HAS_HELD] then
    set_deadline(buyer, cart, now + cfg.cart_ms)
  end
  return cart
end

-- `false` stands for no detail where a cart follows: a hole would end the list.
local function with_cart(item, cart, word, detail)
  local told = cart_told(item[5], item[1], cart, bought[item[1]])
  if told then
    return { word, cart[DEADLINE], detail or false, told }
  end
  return { word, cart[DEADLINE], detail }
end

-- `take(buyer, cart, ask)` answers 'held', or the word of a refusal after it has changed nothing; and a detail.
local function hold(item, take)
  local buyer, command, ask = item[1], item[2], item[3]
  local cart = cart_of(buyer)
  local before = cart and answered(cart, command)
  if before then
    if not same(before[2], ask) then
      return { 'conflict' }
    end
    if before[3] == 'held' then
      return with_cart(item, cart, 'again', before[4])
    end
    return { before[3], cart[DEADLINE], before[4] }
  end
  if state ~= 'open' then
    return { STATE_REFUSALS[state] }
  end
  if PHASES and not (cart and cart[STATE] ~= 'ended') then
    local gap = between_phases()
    if gap then
      return { gap[1], 0, gap[2] }
    end
  end
  cart = cart_to_hold(buyer, item[4])
  local refusal = cart_refusal(cart)
  if refusal then
    return { refusal }
  end
  local word, detail = take(buyer, cart, ask)
  if word == 'held' then
    cart[HAS_HELD] = true
  end
  remember(buyer, cart, command, ask, word, detail)
  if word == 'held' then
    return with_cart(item, cart, word, detail)
  end
  return { word, cart[DEADLINE], detail }
end

local function hold_each(take)
  local buyers = begin()
  local units = read_many(BUYERS, buyers)
  for i = 1, #buyers do
    bought[buyers[i]] = tonumber(units[i])
  end
  local verdicts = {}
  for i = 1, #items do
    verdicts[i] = hold(items[i], take)
  end
  return finish(verdicts)
end
