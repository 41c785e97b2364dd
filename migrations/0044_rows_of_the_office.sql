-- expand
-- in a transaction
-- locks: audit, orders, pool, sale, sale_run (access exclusive)
--
-- The same for the tables that sales are busy with, in a step of their own: it waits for all of them at once.

ALTER TABLE sale ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON sale TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON audit TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE pool ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON pool TO aforo_office USING (
    (SELECT organizer_id FROM sale WHERE sale.id = pool.sale_id) = current_setting('aforo.organizer', true));
ALTER TABLE sale_run ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON sale_run TO aforo_office USING (
    (SELECT organizer_id FROM sale WHERE sale.id = sale_run.sale_id) = current_setting('aforo.organizer', true));
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON orders TO aforo_office USING (
    (SELECT organizer_id FROM sale WHERE sale.id = orders.sale_id) = current_setting('aforo.organizer', true));
