-- expand
-- outside a transaction
-- locks: message (share update exclusive)
--
-- Messages are looked for by kind alone; releases before this one find what is due by that index, too.

DROP INDEX CONCURRENTLY IF EXISTS message_due;
