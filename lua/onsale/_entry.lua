-- _entry: what a place costs, where the sale says that it costs something.
-- Where a sale has phases, it is that of the phase which is entered.
-- include: onsale/_phase.lua
-- Uses SPENT, a local: the zset of challenges that were spent, scored by the instant at which each ends by itself.
-- What is brought is {1 if the network was counted, 1 if no challenge is needed, challenge solved or '', its end, the state it was given in, mark of a code or '', 1 if it stands on an inbox,
-- 1 if it stands on an account, those of the sale's segments in which that account is, absent where nobody looked};
-- of one who brings nothing only the first is there.
local COUNTED, WAIVED, PROOF, PROOF_ENDS, PROOF_STATE, CODE, CONTACT, ACCOUNT, SEGMENTS = 1, 2, 3, 4, 5, 6, 7, 8, 9

local entered = phase_to_enter() or cfg

local function challenge_refusal(brought)
  local given_in = state == 'lobby' and 'lobby' or 'open'
  if brought[WAIVED] == 1 then
    return nil
  elseif (brought[PROOF_ENDS] or 0) <= now or brought[PROOF_STATE] ~= given_in or redis.call('ZSCORE', SPENT, brought[PROOF]) then
    return 'challenge_needed'
  end
  redis.call('ZREMRANGEBYSCORE', SPENT, '-inf', now)
  redis.call('ZADD', SPENT, brought[PROOF_ENDS], brought[PROOF])
  return nil
end

local function code_refusal(brought)
  if (brought[CODE] or '') == '' then
    return 'entry_code_needed'
  end
  for _, code in ipairs(entered.entry_codes) do
    if code == brought[CODE] then
      return nil
    end
  end
  return 'entry_code_wrong'
end

-- Who is in none of the segments that count is told so before their account is tied to the place.
local function segment_refusal(brought)
  if not brought[SEGMENTS] then
    return 'account_needed'
  end
  for _, segment in ipairs(brought[SEGMENTS]) do
    if segment == entered.entry_segment then
      return brought[ACCOUNT] ~= 1 and 'account_needed' or nil
    end
  end
  return 'not_in_segment'
end

-- The word of the refusal; nil when the place may be given: then what was brought for it is spent.
local function entry_refusal(brought)
  if entered.entry_segment then
    return segment_refusal(brought)
  elseif entered.entry == 'challenge' then
    return challenge_refusal(brought)
  elseif entered.entry == 'contact' then
    return brought[CONTACT] ~= 1 and 'contact_needed' or nil
  elseif entered.entry == 'account' then
    return brought[ACCOUNT] ~= 1 and 'account_needed' or nil
  elseif entered.entry == 'code' then
    return code_refusal(brought)
  end
  return nil
end
