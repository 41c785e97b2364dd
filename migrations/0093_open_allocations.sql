-- expand
-- in a transaction
-- locks: allocation (access exclusive)
--
-- Allocations on which buyers may draw, whom a code or a phase lets.

ALTER TABLE allocation ADD COLUMN open boolean NOT NULL DEFAULT false;
CREATE VIEW open_allocation WITH (security_invoker = true) AS
SELECT sale_id, id, seats FROM allocation WHERE open AND released_at IS NULL;
COMMENT ON VIEW open_allocation IS 'catalog: Seats that are withheld for buyers whom a code or a phase lets have them.';
