-- lease_release: give a lease back, so that another may take it at once.
-- KEYS[1] lease  string  the holder's token, with a time to live
-- ARGV[1] token
-- Returns 1 when it was ours and is free now, 0 when it was not ours any more.
-- On 0 nothing was written.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 0
end
redis.call('DEL', KEYS[1])
return 1
