-- expand
-- in a transaction
-- locks: refund (access exclusive)
-- locks: credit (share row exclusive)
--
-- What refunds give back as credit: to what the order had spent, to whoever bought, or as a voucher.

ALTER TABLE refund ADD COLUMN returned bigint NOT NULL DEFAULT 0, ADD COLUMN bonus bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT refund_returns_some_of_it CHECK (returned >= 0 AND returned <= amount) NOT VALID,
    ADD CONSTRAINT refund_way_is_one_of_these CHECK (way IN ('provider', 'by_hand', 'credit', 'voucher')) NOT VALID;
-- squawk-ignore ban-drop-constraint
ALTER TABLE refund DROP CONSTRAINT refund_way_is_known;
CREATE TABLE refund_credit (
    sale_id    text NOT NULL,
    order_id   text NOT NULL,
    nth        smallint NOT NULL,
    credit_id  text NOT NULL REFERENCES credit,
    kind       text NOT NULL CHECK (kind IN ('credit', 'voucher')),
    amount     bigint NOT NULL CHECK (amount > 0),
    granted    boolean NOT NULL,
    PRIMARY KEY (sale_id, order_id, nth, credit_id),
    CONSTRAINT credit_is_of_a_refund FOREIGN KEY (sale_id, order_id, nth) REFERENCES refund
);
COMMENT ON TABLE refund_credit IS 'orders: What refunds gave back as credit, and of which.';
CREATE INDEX refund_credit_by_credit ON refund_credit (credit_id);
