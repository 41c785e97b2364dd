-- expand
-- outside a transaction
-- locks: cart, orders (share update exclusive)
--
-- Contacts that are still to be moved into the vault are found at once. No cart or order that comes later is among them.

DROP INDEX CONCURRENTLY IF EXISTS cart_contact_plain;

CREATE INDEX CONCURRENTLY IF NOT EXISTS cart_contact_plain ON cart (sale_id, id) WHERE contact <> '{}';

DROP INDEX CONCURRENTLY IF EXISTS order_contact_plain;

CREATE INDEX CONCURRENTLY IF NOT EXISTS order_contact_plain ON orders (sale_id, id) WHERE contact <> '{}';
