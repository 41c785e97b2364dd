-- keys_move: give what keys hold to other keys, all in one step; where it is there already, what is left of it elsewhere goes.
-- KEYS[1] from  any  what says whether it is here
-- KEYS[2] to    any  what says whether it is there
-- KEYS[3…] pairs any the others, each before the one it is given to
-- Returns whether it was there already, as 0 or 1.
local is_there = redis.call('EXISTS', KEYS[2])
local function give(from, to)
  if is_there == 1 then
    redis.call('UNLINK', from)
  elseif redis.call('EXISTS', from) == 1 then
    redis.call('RENAME', from, to)
  end
end

give(KEYS[1], KEYS[2])
for i = 3, #KEYS, 2 do
  give(KEYS[i], KEYS[i + 1])
end
return is_there
