-- expand
-- in a transaction
-- locks: sandbox_charge (share row exclusive)
--
-- What the sandbox gave back of a charge: all of it, or some, several times.

CREATE TABLE sandbox_refund (
    order_id    text NOT NULL REFERENCES sandbox_charge ON DELETE CASCADE,
    id          text NOT NULL,
    amount      bigint NOT NULL CHECK (amount > 0),
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, id)
);
COMMENT ON TABLE sandbox_refund IS 'orders: What the sandbox payment provider gave back.';
