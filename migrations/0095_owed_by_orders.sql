-- expand
-- in a transaction
-- locks: order_line (access exclusive)
-- locks: orders (share row exclusive)
--
-- What of an order is tax, and what is owed besides its lines' prices.

ALTER TABLE order_line
    ADD COLUMN tax bigint,
    ADD COLUMN owed bigint;
CREATE TABLE order_fee (
    sale_id   text NOT NULL,
    order_id  text NOT NULL,
    fee       text NOT NULL,
    name      text NOT NULL,
    position  integer NOT NULL,
    price     bigint NOT NULL CHECK (price > 0),
    tax       bigint NOT NULL CHECK (tax >= 0),
    owed      bigint NOT NULL CHECK (owed >= price),
    by_line   bigint[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (sale_id, order_id, fee),
    CONSTRAINT fee_has_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders
);
COMMENT ON TABLE order_fee IS 'orders: What is asked for an order besides its lines.';
