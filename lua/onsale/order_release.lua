-- order_release: orders whose money did not come have nothing any more, and never will: what was reserved for them is free.
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
-- KEYS[11] locked zset    buyer scored by the instant the cart was locked
-- KEYS[12] sold   hash    order -> what it paid, in minor units
-- KEYS[13] owners hash   seat sold -> order, after 'o:'
-- KEYS[14] awaiting hash order -> packed {buyer, seats, units, size} that awaits its money, '' once it came to nothing
-- ARGV[1] packed items, each {buyer, order}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one per item: {"released"} | {"again"}: nothing was reserved for it | {"over"}: it is paid | {"lost"}
-- From then on nothing is reserved for the order any more, whoever comes late with it. One that is paid after all is sold all the same.
-- A refused item writes nothing. Carts that are due end first.
-- include: onsale/_call.lua
-- include: onsale/_cart.lua
-- include: onsale/_sell.lua
begin()

local function release(buyer, order)
  if redis.call('HEXISTS', ORDERS, order) == 1 then
    return { 'over' }
  end
  local packed = redis.call('HGET', AWAITING, order)
  redis.call('HSET', AWAITING, order, '')
  if not packed or packed == '' then
    return { 'again' }
  end
  give_back_awaited(packed)
  noted[#noted + 1] = buyer -- they may have as much more again
  return { 'released' }
end

local verdicts = {}
for i = 1, #items do
  verdicts[i] = release(items[i][1], items[i][2])
end
return finish(verdicts)
