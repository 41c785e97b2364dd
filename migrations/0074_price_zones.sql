-- expand
-- in a transaction
-- locks: sale, price_list (access exclusive)
--
-- Seats that cost something else than their section, painted anew by each price list.

ALTER TABLE sale ADD COLUMN zones jsonb;
ALTER TABLE price_list ADD COLUMN zones jsonb;
