-- carts_expire: end carts whose deadline has come or whose buyer went away with nothing in it, and forget those that ended long ago.
-- KEYS[1] sale    hash    the sale's state, settings and counters
-- KEYS[2] feed    channel what changed is published here
-- KEYS[3] seats   string  2 bits per seat
-- KEYS[4] pools   hash    pool -> free units
-- KEYS[5] carts   hash    buyer -> packed cart
-- KEYS[6] due     zset    buyer scored by the deadline of an open cart
-- KEYS[7] ended   zset    buyer scored by the instant the cart ended
-- KEYS[8] seen    zset    buyer scored by the instant last seen
-- KEYS[9] ends    hash    cart id -> packed {buyer, reason, instant, order, seats, units, has held, opened}, until that was written down
-- ARGV[1] packed items, of which the first counts: {most carts to end, ms that an ended cart is kept, ms after which an unseen buyer is gone}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, the same for each item: {"expired", carts ended, next deadline or 0, now, when one is to be forgotten next or 0} | {"lost"}
-- When lost, nothing is written.
-- include: onsale/_call.lua
-- include: onsale/_cart.lua
local carts_max, kept_ms, gone_ms = unpack(items[1])
local before = counts.shopping
while not swept and before - counts.shopping < carts_max do
  sweep()
end

-- A cart that holds something stays until its deadline: its buyer may have lost the network only.
if cfg.shoppers_max > 0 then
  local unseen = redis.call('ZRANGEBYSCORE', SEEN, '-inf', now - gone_ms, 'LIMIT', 0, carts_max)
  read_carts(unseen)
  for _, buyer in ipairs(unseen) do
    local cart = carts[buyer]
    if cart and cart[STATE] == 'open' and is_empty(cart) then
      end_cart(buyer, cart, 'gone')
      noted[#noted + 1] = buyer
    else
      redis.call('ZADD', SEEN, 'XX', now, buyer)
    end
  end
end

local old = redis.call('ZRANGEBYSCORE', ENDED, '-inf', now - kept_ms, 'LIMIT', 0, carts_max)
call_many('HDEL', CARTS, old, 1)
call_many('ZREM', ENDED, old, 1)

local verdicts = { { 'expired', before - counts.shopping, 0, now, 0 } }
finish(verdicts)
local next_due = redis.call('ZRANGE', DUE, 0, 0, 'WITHSCORES')
verdicts[1][3] = tonumber(next_due[2]) or 0
local next_old = redis.call('ZRANGE', ENDED, 0, 0, 'WITHSCORES')
verdicts[1][5] = next_old[2] and next_old[2] + kept_ms or 0
for i = 2, #items do
  verdicts[i] = verdicts[1]
end
return cmsgpack.pack(verdicts)
