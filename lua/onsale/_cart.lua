-- _cart: carts in the middle of a batch, and their ends; a cart past its deadline has ended, whoever looks first.
-- Uses KEYS[5] carts, KEYS[6] due, KEYS[7] ended, KEYS[8] seen, KEYS[9] ends.
-- A cart is packed as {id, state, deadline, order, seats, units, answers, end reason, how many answers, has held, opened, most, unlocked}; `units`
-- is flat {pool, units, …}, counted ticket types among them. `answers` is one string, one after the other, so that a cart is read and written without unpacking what
-- it was once answered. `has held` says whether anything was ever held on its clock, `opened` is the instant it began, 0 when nobody
-- knows; carts that older versions packed lack one or both. `most` is of carts that a member opened: how many seats and units it may hold,
-- 0 for as many as the sale says. `unlocked` lists the unlocks whose codes were brought; older versions packed none.
-- An answer is packed as {command id, ask, word, detail}.
-- include: onsale/_stock.lua
local CARTS, DUE, ENDED, SEEN, ENDS = KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local ID, STATE, DEADLINE, ORDER, IN_SEATS, IN_UNITS, ANSWERS, END, ANSWERED, HAS_HELD, OPENED, MOST, UNLOCKED = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
-- The last 32 are kept at least; older ones are dropped together.
local ANSWERS_KEPT, ANSWERS_MAX = 32, 48
local SWEEP_MAX = 200
-- Ends that nobody writes down are not kept without bound.
local ENDS_MAX = 100000
local carts, carts_set, changed_carts = {}, {}, {}
local just_ended, just_opened, ends = {}, {}, {}
local seen_set = {}
local due_set = {}
local swept = false

-- What was read before may have changed since; it is not read again.
local function read_carts(buyers)
  local unread = {}
  for i = 1, #buyers do
    if carts[buyers[i]] == nil then
      unread[#unread + 1] = buyers[i]
    end
  end
  local packed = read_many(CARTS, unread)
  for i = 1, #unread do
    carts[unread[i]] = packed[i] and cmsgpack.unpack(packed[i])
  end
end

local function cart_set(buyer)
  if not carts_set[buyer] then
    carts_set[buyer] = true
    changed_carts[#changed_carts + 1] = buyer
  end
end

-- Whether a cart has one of these unlocks, {unlock = true, …}.
local function is_unlocked(cart, unlocks)
  for _, unlock in ipairs(cart[UNLOCKED] or {}) do
    if unlocks[unlock] then
      return true
    end
  end
  return false
end

local function is_empty(cart)
  return #cart[IN_SEATS] == 0 and #cart[IN_UNITS] == 0
end

-- How many seats and units of tickets a cart holds.
local function size_of(cart)
  local size, units = #cart[IN_SEATS], cart[IN_UNITS]
  for i = 1, #units, 2 do
    size = size + stock_in(units[i], units[i + 1])
  end
  return size
end

local function units_in(cart, pool)
  for i = 1, #cart[IN_UNITS], 2 do
    if cart[IN_UNITS][i] == pool then
      return cart[IN_UNITS][i + 1]
    end
  end
  return 0
end

-- Only what the cart says; the stock is the caller's.
local function set_units_in(cart, pool, units)
  local kept, found = {}, false
  for i = 1, #cart[IN_UNITS], 2 do
    local each, count = cart[IN_UNITS][i], cart[IN_UNITS][i + 1]
    if each == pool then
      count, found = units, true
    end
    if count > 0 then
      kept[#kept + 1] = each
      kept[#kept + 1] = count
    end
  end
  if not found and units > 0 then
    kept[#kept + 1] = pool
    kept[#kept + 1] = units
  end
  cart[IN_UNITS] = kept
end

-- The accessible seat that a companion's seat is sold with; nil for any other seat.
local spaces
local function space_of(seat)
  if not spaces then
    spaces = {}
    for i = 1, #(cfg.companions or {}), 2 do
      spaces[cfg.companions[i]] = cfg.companions[i + 1]
    end
  end
  return spaces[seat]
end

-- Give back all that a cart holds.
local function empty_cart(cart)
  counts.held = counts.held - size_of(cart)
  for _, seat in ipairs(cart[IN_SEATS]) do
    set_seat(seat, given_back(seat))
  end
  for i = 1, #cart[IN_UNITS], 2 do
    add_units(cart[IN_UNITS][i], cart[IN_UNITS][i + 1])
  end
  cart[IN_SEATS], cart[IN_UNITS] = {}, {}
end

-- End a live cart. What it still holds goes back, and is noted for those who write it down.
local function end_cart(buyer, cart, reason)
  ends[#ends + 1] = cart[ID]
  ends[#ends + 1] = cmsgpack.pack({ buyer, reason, now, cart[ORDER], cart[IN_SEATS], cart[IN_UNITS], cart[HAS_HELD] or false, cart[OPENED] or 0 })
  empty_cart(cart)
  cart[STATE], cart[END] = 'ended', reason
  counts.shopping = counts.shopping - 1
  just_ended[buyer] = true
  cart_set(buyer)
end

local function expire(buyer, cart)
  if cart and cart[STATE] == 'open' and cart[DEADLINE] <= now then
    end_cart(buyer, cart, 'expired')
    noted[#noted + 1] = buyer
  end
end

-- End carts whose deadline has come, at most SWEEP_MAX; afterwards `swept` says whether all were.
local function sweep()
  local due = redis.call('ZRANGEBYSCORE', DUE, '-inf', now, 'LIMIT', 0, SWEEP_MAX)
  if due[1] then
    read_carts(due)
    for _, buyer in ipairs(due) do
      expire(buyer, carts[buyer])
    end
    redis.call('ZREM', DUE, unpack(due))
  end
  swept = #due < SWEEP_MAX
end

-- The cart of a buyer, ended first when its time is over; false when there is none.
local function cart_of(buyer)
  expire(buyer, carts[buyer])
  return carts[buyer]
end

-- What a command was answered before, or nil.
local function answered(cart, command)
  if not string.find(cart[ANSWERS], command, 1, true) then
    return nil
  end
  for _, answer in ipairs({ cmsgpack.unpack(cart[ANSWERS]) }) do
    if answer[1] == command then
      return answer
    end
  end
  return nil
end

local function same(one, other)
  return cmsgpack.pack(one) == cmsgpack.pack(other)
end

-- Refusals that asking again may change are not kept.
local function remember(buyer, cart, command, ask, word, detail)
  cart[ANSWERS] = cart[ANSWERS] .. cmsgpack.pack({ command, ask, word, detail })
  cart[ANSWERED] = cart[ANSWERED] + 1
  if cart[ANSWERED] > ANSWERS_MAX then
    local answers = { cmsgpack.unpack(cart[ANSWERS]) }
    cart[ANSWERS] = cmsgpack.pack(unpack(answers, #answers - ANSWERS_KEPT + 1))
    cart[ANSWERED] = ANSWERS_KEPT
  end
  cart_set(buyer)
end

-- What the world is told of a cart.
local function cart_answer(cart, bought)
  return {
    'cart', cart[ID], cart[STATE], cart[DEADLINE], cart[ORDER], cart[IN_SEATS], cart[IN_UNITS], cart[END],
    tonumber(bought) or 0, now, cart[OPENED] or 0, just_opened[cart] and 1 or 0,
  }
end

-- The same beside the verdict of a command, when `wanted` is 1; whose cart is told was seen.
local function cart_told(wanted, buyer, cart, bought)
  if wanted ~= 1 then
    return nil
  end
  if cfg.shoppers_max > 0 then
    seen_set[#seen_set + 1] = now
    seen_set[#seen_set + 1] = buyer
  end
  return cart_answer(cart, bought)
end

-- Why a command on a live cart is refused, or nil.
local function cart_refusal(cart)
  if not cart then
    return 'no_cart'
  elseif cart[STATE] == 'ended' then
    return 'cart_ended'
  elseif cart[STATE] == 'locked' then
    return 'cart_locked'
  end
  return nil
end

local STATE_REFUSALS = {
  scheduled = 'sale_not_open', lobby = 'sale_not_open', paused = 'sale_paused', closed = 'sale_closed', ended = 'sale_closed',
}

local function set_deadline(buyer, cart, deadline)
  cart[DEADLINE] = deadline
  due_set[#due_set + 1] = cart[DEADLINE]
  due_set[#due_set + 1] = buyer
  cart_set(buyer)
end

-- Whether a cart begun over this ended one goes on with its clock. Without a room a buyer could otherwise leave and hold again
-- for ever; after an expiry all of it was free for everybody first. With a room a new cart is a new turn.
local function clock_goes_on(before)
  local is_used_up = before[END] == 'bought' or before[END] == 'reserved' or before[END] == 'expired'
  return cfg.shoppers_max == 0 and before[HAS_HELD] and before[DEADLINE] > now and not is_used_up
end

-- Start a cart, over the buyer's ended one if there is one; commands answered there keep their answers.
local function open_cart(buyer, id)
  local before = carts[buyer]
  local cart = { id, 'open', 0, '', {}, {}, before and before[ANSWERS] or '', '', before and before[ANSWERED] or 0, false, now, 0, {} }
  carts[buyer] = cart
  just_opened[cart] = true
  counts.shopping = counts.shopping + 1
  if before then
    just_ended[buyer] = nil
    redis.call('ZREM', ENDED, buyer)
  end
  if cfg.shoppers_max > 0 then
    redis.call('ZADD', SEEN, now, buyer)
  end
  if before and clock_goes_on(before) then
    cart[HAS_HELD] = true
    set_deadline(buyer, cart, before[DEADLINE])
  else
    set_deadline(buyer, cart, now + cfg.cart_ms)
  end
  return cart
end

-- Read the carts of this batch and end those that are due; answers its buyers.
local function begin()
  local buyers = {}
  for i = 1, #items do
    buyers[i] = items[i][1]
  end
  read_carts(buyers)
  sweep()
  return buyers
end

local function write_carts()
  local packed, ended, gone = {}, {}, {}
  for i = 1, #changed_carts do
    local buyer = changed_carts[i]
    packed[#packed + 1] = buyer
    packed[#packed + 1] = cmsgpack.pack(carts[buyer])
    if just_ended[buyer] then
      ended[#ended + 1] = now
      ended[#ended + 1] = buyer
      gone[#gone + 1] = buyer
    end
  end
  call_many('HSET', CARTS, packed, 2)
  call_many('ZADD', DUE, due_set, 2)
  call_many('ZADD', ENDED, ended, 2)
  if ends[1] and redis.call('HLEN', ENDS) < ENDS_MAX then
    call_many('HSET', ENDS, ends, 2)
  end
  if seen_set[2] then
    redis.call('ZADD', SEEN, 'XX', unpack(seen_set))
  end
  call_many('ZREM', DUE, gone, 1)
  call_many('ZREM', SEEN, gone, 1)
end

-- Write all that this batch changed, and tell the feed.
local function finish(verdicts)
  write_stock()
  write_carts()
  publish()
  return cmsgpack.pack(verdicts)
end
