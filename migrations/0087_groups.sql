-- expand
-- in a transaction
-- locks: allocation (access exclusive)
--
-- Seats and units may be withheld for a group, until it pays.

-- squawk-ignore ban-drop-constraint
ALTER TABLE allocation DROP CONSTRAINT allocation_purpose_is_known;
ALTER TABLE allocation ADD CONSTRAINT allocation_purpose_is_known
    CHECK (purpose IN ('artist', 'sponsor', 'press', 'house', 'accessibility', 'group', 'other')) NOT VALID;
