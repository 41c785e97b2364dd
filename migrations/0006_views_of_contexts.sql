-- expand
-- in a transaction
-- locks: nothing
--
-- What contexts publish for those above them, so that nobody reads another's tables.

CREATE VIEW sale_terms AS SELECT id, organizer_id, kind, currency, person_max, closes_at FROM sale;
COMMENT ON VIEW sale_terms IS 'catalog: What a sale is, for those who sell in it.';
CREATE VIEW pool_stock AS SELECT sale_id, id, capacity, draws_on, sold FROM pool;
COMMENT ON VIEW pool_stock IS 'catalog: How much of a pool there is, and how much of it is sold.';
CREATE VIEW paid_order AS SELECT sale_id, id, buyer_id, total, paid_at FROM orders WHERE state = 'paid';
COMMENT ON VIEW paid_order IS 'orders: Orders that are paid, and not refunded since.';
CREATE VIEW silenced_address AS SELECT channel, address, organizer_id FROM suppression;
COMMENT ON VIEW silenced_address IS 'contacts: Addresses nothing is sent to; without an organizer, by nobody.';
