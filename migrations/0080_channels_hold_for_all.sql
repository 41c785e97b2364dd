-- expand
-- in a transaction
-- locks: orders (share update exclusive)
--
-- What the step before has new orders keep holds for all.

ALTER TABLE orders VALIDATE CONSTRAINT order_channel_is_known;
ALTER TABLE orders VALIDATE CONSTRAINT order_tender_is_known;
ALTER TABLE orders VALIDATE CONSTRAINT order_has_an_issuer_unless_online;
