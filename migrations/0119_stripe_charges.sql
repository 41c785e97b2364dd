-- expand
-- in a transaction
-- locks: nothing
--
-- Which PaymentIntent of Stripe stands for an order: one at most, the first that is written.

CREATE TABLE stripe_charge (
    account      text NOT NULL,
    order_id     text NOT NULL,
    intent       text,
    amount       bigint NOT NULL,
    currency     text NOT NULL,
    decline      text,
    asked_until  timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account, order_id)
);
COMMENT ON TABLE stripe_charge IS 'payments: Which PaymentIntent of Stripe stands for an order.';
