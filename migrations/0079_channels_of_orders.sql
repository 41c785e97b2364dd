-- expand
-- in a transaction
-- locks: orders (access exclusive)
--
-- By which channel an order was sold, who made it where that was not its buyer, and in what it is paid.

ALTER TABLE orders
    ADD COLUMN channel text NOT NULL DEFAULT 'online',
    ADD COLUMN issuer text,
    ADD COLUMN tender text NOT NULL DEFAULT 'card';
ALTER TABLE orders
    ADD CONSTRAINT order_channel_is_known CHECK (channel IN ('online', 'office', 'complimentary', 'group')) NOT VALID,
    ADD CONSTRAINT order_tender_is_known CHECK (tender IN ('card', 'cash', 'transfer', 'invoice', 'none')) NOT VALID,
    ADD CONSTRAINT order_has_an_issuer_unless_online CHECK ((channel = 'online') = (issuer IS NULL)) NOT VALID;
