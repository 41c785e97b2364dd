-- expand
-- in a transaction
-- locks: organizer (share update exclusive)
--
-- The rule of an organizer for keys of orders is one of those that are known, in every row.

ALTER TABLE organizer VALIDATE CONSTRAINT organizer_order_key_is_known;
