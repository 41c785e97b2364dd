-- lease_take: take a lease that is free; one that would last longer than leases do is cut to that length.
-- KEYS[1] lease  string  the holder's token, with a time to live
-- ARGV[1] token
-- ARGV[2] milliseconds from now until it ends by itself
-- Returns 1 when it is ours now, 0 when somebody has it.
-- On 0 nothing was written but the shorter time: it was too long since the clock of the server went back.
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return 1
end
if redis.call('PTTL', KEYS[1]) > tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 0
