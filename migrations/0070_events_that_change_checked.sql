-- expand
-- in a transaction
-- locks: event (share update exclusive)
--
-- What step 0076 has new rows keep holds for all.

ALTER TABLE event VALIDATE CONSTRAINT event_status_is_known;
ALTER TABLE event VALIDATE CONSTRAINT event_was_moved_from_a_date;
ALTER TABLE event VALIDATE CONSTRAINT event_is_of_a_series;
