-- _phase: the phases of a sale: which one counts, and which one a cart was opened in.
-- cfg.phases is absent where there are none; else, in order, {from, to, entry, entry_codes, same_entry, most, types …}:
-- `from` is 0 for the first, `to` 0 where the next one or the end of the sale ends it. `same_entry` is the first of the phases
-- before it that are entered alike, one after the other; `most` is 0 for as many as the sale says. Where it sells less than all,
-- `places` is a set of sections and pools, and `runs` are the seats, {first, how many, …} in order. `draws` is a set of the allocations that it
-- lets everybody draw on; absent where it lets nobody.
local PHASES = cfg.phases

-- The newest phase that had begun at an instant, and its position; nil where nobody knows the instant. Carts of one batch were often
-- opened at one instant, so each is looked up once.
local begun_at = {}
local function phase_begun(at)
  local nth = begun_at[at]
  if not nth then
    nth = PHASES and at > 0 and #PHASES or 0
    while nth > 0 and PHASES[nth].from > at do
      nth = nth - 1
    end
    begun_at[at] = nth
  end
  return PHASES and PHASES[nth], nth
end

-- The phase that counts now, and its position; nil between two of them, and after the last.
local function phase_now()
  local phase, nth = phase_begun(now)
  if phase and phase.to > 0 and phase.to <= now then
    return nil
  end
  return phase, nth
end

-- When the next phase begins; 0 when none does.
local function next_phase_at()
  for nth = 1, #PHASES do
    if PHASES[nth].from > now then
      return PHASES[nth].from, nth
    end
  end
  return 0
end

-- The phase that a place is joined for: the one that counts, or the next.
local function phase_to_enter()
  local phase, nth = phase_now()
  if not phase and PHASES then
    local _, following = next_phase_at()
    return PHASES[following], following
  end
  return phase, nth
end

-- Why nobody may begin a cart, or nil.
local function between_phases()
  if PHASES and not phase_now() then
    local at = next_phase_at()
    return { 'between_phases', at }
  end
  return nil
end

-- Seats that a phase doesn't sell, but for those that a cart `may_draw` on all the same; or nil.
local function outside(phase, seats, may_draw)
  local found
  for i = 1, #seats do
    if not is_inside(phase.runs, seats[i]) and not (may_draw and may_draw(seats[i])) then
      found = found or {}
      found[#found + 1] = seats[i]
    end
  end
  return found
end
