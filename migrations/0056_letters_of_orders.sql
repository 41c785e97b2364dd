-- expand
-- in a transaction
-- locks: orders (access exclusive)
-- locks: outbox_cursor (row exclusive)
--
-- Whoever bought is written to, in their language. What was paid before this step had no letter, and gets none now.

ALTER TABLE orders ADD COLUMN locale text;

INSERT INTO outbox_cursor (consumer, id_after, id_safe)
SELECT 'orders.confirmed', told.newest, told.newest
FROM (SELECT coalesce(pg_sequence_last_value('outbox_told_id'::regclass), 0) AS newest) AS told
ON CONFLICT (consumer) DO NOTHING;
