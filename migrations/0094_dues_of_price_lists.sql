-- expand
-- in a transaction
-- locks: sale, price_list (access exclusive)
--
-- Fees and taxes, which belong to a price list as its prices do.

ALTER TABLE sale ADD COLUMN dues jsonb NOT NULL DEFAULT '{}';
ALTER TABLE price_list ADD COLUMN dues jsonb NOT NULL DEFAULT '{}';
CREATE OR REPLACE VIEW sale_prices AS
SELECT id AS sale_id, 1 AS number, 0::bigint AS valid_from_ms, prices, dues FROM sale
UNION ALL
SELECT sale_id, number, valid_from_ms, prices, dues FROM price_list;
