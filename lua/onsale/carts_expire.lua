-- carts_expire: end carts whose deadline has come, and forget those that ended long ago.
-- KEYS[1] sale    hash    the sale's state, settings and counters
-- KEYS[2] feed    channel what changed is published here
-- KEYS[3] seats   string  2 bits per seat
-- KEYS[4] owners  hash    seat -> buyer, or order after 'o:'
-- KEYS[5] pools   hash    pool -> free units
-- KEYS[6] carts   hash    buyer -> packed cart
-- KEYS[7] due     zset    buyer scored by the deadline of an open cart
-- KEYS[8] ended   zset    buyer scored by the instant the cart ended
-- KEYS[9] seen    zset    buyer scored by the instant last seen
-- ARGV[1] packed items, one: {ms that an ended cart is kept, most carts to end}
-- ARGV[2] the instant in ms for tests and rehearsals, '' for the clock of the store
-- Returns packed verdicts, one: {"expired", carts ended, next deadline or 0, now} | {"lost"}
-- include: onsale/_call.lua
-- include: onsale/_cart.lua
local kept_ms, carts_max = items[1][1], items[1][2]
local before = counts.shopping
while not swept and before - counts.shopping < carts_max do
  sweep()
end

local old = redis.call('ZRANGEBYSCORE', ENDED, '-inf', now - kept_ms, 'LIMIT', 0, carts_max)
call_many('HDEL', CARTS, old, 1)
call_many('ZREM', ENDED, old, 1)

local next_due = redis.call('ZRANGE', DUE, 0, 0, 'WITHSCORES')
return finish({ { 'expired', before - counts.shopping, tonumber(next_due[2]) or 0, now } })
