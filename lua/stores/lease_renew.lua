-- lease_renew: keep a lease that is still ours.
-- KEYS[1] lease  string  the holder's token, with a time to live
-- ARGV[1] token
-- ARGV[2] milliseconds from now until it ends by itself
-- Returns 1 when it was ours and lasts longer now, 0 when it is not ours any more.
-- On 0 nothing was written.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
