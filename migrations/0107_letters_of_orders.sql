-- expand
-- outside a transaction
-- locks: message (share update exclusive)
--
-- Letters by the order that they are about.

DROP INDEX CONCURRENTLY IF EXISTS message_of_order;

CREATE INDEX CONCURRENTLY IF NOT EXISTS message_of_order ON message (split_part(key, ':', 2)) WHERE key LIKE 'order:%';
