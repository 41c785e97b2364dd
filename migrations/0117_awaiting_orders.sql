-- expand
-- in a transaction
-- locks: cart, orders, sandbox_charge (access exclusive)
--
-- Orders that are paid by a delayed method: their money is awaited until a deadline, and their carts have ended.

-- squawk-ignore ban-drop-constraint
ALTER TABLE orders DROP CONSTRAINT orders_state_check;
ALTER TABLE orders ADD CONSTRAINT orders_state_check
    CHECK (state IN ('paying', 'awaiting', 'paid', 'failed', 'void', 'refunding', 'refunded')) NOT VALID;
-- squawk-ignore ban-drop-constraint
ALTER TABLE cart DROP CONSTRAINT cart_end_reason_check;
ALTER TABLE cart ADD CONSTRAINT cart_end_reason_check
    CHECK (end_reason IN ('bought', 'reserved', 'expired', 'left', 'gone', 'closed', 'lost')) NOT VALID;
-- squawk-ignore ban-drop-constraint
ALTER TABLE sandbox_charge DROP CONSTRAINT sandbox_charge_outcome_check;
ALTER TABLE sandbox_charge ADD CONSTRAINT sandbox_charge_outcome_check
    CHECK (outcome IN ('awaiting', 'captured', 'declined', 'refunded')) NOT VALID;
ALTER TABLE sandbox_charge ADD COLUMN until timestamptz, ADD COLUMN sale_id text;

CREATE TABLE order_awaiting (
    sale_id    text NOT NULL,
    order_id   text NOT NULL,
    until      timestamptz NOT NULL,
    step       jsonb NOT NULL,
    look_at    timestamptz,
    PRIMARY KEY (sale_id, order_id),
    CONSTRAINT awaiting_has_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders ON DELETE CASCADE
);
COMMENT ON TABLE order_awaiting IS 'orders: Until when the money of an order is awaited, and what its buyer was told to do.';
CREATE INDEX order_awaiting_by_look ON order_awaiting (look_at) WHERE look_at IS NOT NULL;
