-- expand
-- in a transaction
-- locks: orders (access exclusive)
--
-- Whoever forgot the key of an order chooses another, by a link that is good once.

ALTER TABLE orders ADD COLUMN key_changes integer NOT NULL DEFAULT 0;
