-- expand
-- in a transaction
-- locks: outbox_told (access exclusive)
--
-- What the office changes, others may have to hear of: it adds rows to the outbox, for its own organizer alone.

ALTER TABLE outbox_told ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON outbox_told TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
GRANT INSERT ON outbox_told TO aforo_office;
GRANT USAGE ON SEQUENCE outbox_told_id TO aforo_office;
