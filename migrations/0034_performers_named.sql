-- expand
-- in a transaction
-- locks: event (access exclusive)
--
-- Who plays, speaks or competes at an event, for those who look for them.

ALTER TABLE event ADD COLUMN performers text[] NOT NULL DEFAULT '{}';
