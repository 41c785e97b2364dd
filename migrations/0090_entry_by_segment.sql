-- expand
-- in a transaction
-- locks: sale (access exclusive)
--
-- A sale may be for those who are in a segment of its organizer.

ALTER TABLE sale ADD COLUMN entry_segment text;
-- squawk-ignore ban-drop-constraint
ALTER TABLE sale DROP CONSTRAINT sale_entry_check;
ALTER TABLE sale ADD CONSTRAINT sale_entry_check
    CHECK (entry IN ('open', 'challenge', 'contact', 'account', 'code', 'segment')) NOT VALID;
-- A release before this one changes the rule and leaves the segment.
ALTER TABLE sale ADD CONSTRAINT sale_for_a_segment_names_it CHECK (entry <> 'segment' OR entry_segment IS NOT NULL) NOT VALID;
