-- expand
-- in a transaction
-- locks: ledger_movement, orders, organizer_policy (access exclusive)
--
-- What of an order is given back: by revision, with its lines and fees, what it moves in the ledger, and how much of it a member gives
-- back alone.

ALTER TABLE orders
    ADD COLUMN revision smallint NOT NULL DEFAULT 0,
    ADD COLUMN given_back bigint NOT NULL DEFAULT 0;
ALTER TABLE orders ADD CONSTRAINT order_gives_back_no_more_than_was_paid
    CHECK (given_back >= 0 AND given_back <= total) NOT VALID;
ALTER TABLE ledger_movement ADD CONSTRAINT movement_kind_is_known
    CHECK (kind IN ('capture', 'refund', 'payback')) NOT VALID;
-- squawk-ignore ban-drop-constraint
ALTER TABLE ledger_movement DROP CONSTRAINT ledger_movement_kind_check;
ALTER TABLE organizer_policy ADD COLUMN refund_alone_max bigint NOT NULL DEFAULT 0;
CREATE OR REPLACE VIEW order_takings WITH (security_invoker = true) AS
SELECT sale_id, order_id, nth, currency, at, captured, captured + discount - fees - taxes AS prices, discount, fees, taxes
FROM (
    SELECT sale_id, order_id, nth, currency, at,
        coalesce(amounts[array_position(accounts, 'clearing')], 0)
            + coalesce(amounts[array_position(accounts, 'refund_due')], 0) AS captured,
        coalesce(amounts[array_position(accounts, 'discount')], 0) AS discount,
        -coalesce(amounts[array_position(accounts, 'fee')], 0) AS fees,
        -coalesce(amounts[array_position(accounts, 'tax')], 0) AS taxes
    FROM ledger_movement
) AS movement;

CREATE TABLE refund (
    sale_id      text NOT NULL,
    order_id     text NOT NULL,
    nth          smallint NOT NULL CHECK (nth > 0),
    request      text NOT NULL,
    amount       bigint NOT NULL CHECK (amount >= 0),
    way          text NOT NULL,
    ended        integer[] NOT NULL,
    fees         boolean NOT NULL,
    reason       text NOT NULL DEFAULT '',
    asked_kind   text NOT NULL,
    asked_by     text NOT NULL,
    state        text NOT NULL,
    failure      text,
    movement     smallint,
    asked_at     timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz,
    PRIMARY KEY (sale_id, order_id, nth),
    CONSTRAINT refund_is_of_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders,
    CONSTRAINT refund_is_asked_for_once UNIQUE (sale_id, order_id, request),
    CONSTRAINT refund_way_is_known CHECK (way IN ('provider', 'by_hand')),
    CONSTRAINT refund_state_is_known CHECK (state IN ('due', 'done', 'failed')),
    CONSTRAINT refund_ends_unless_due CHECK ((state = 'due') = (ended_at IS NULL)),
    CONSTRAINT refund_fails_for_a_reason CHECK ((state = 'failed') = (failure IS NOT NULL))
);
COMMENT ON TABLE refund IS 'orders: What of an order was given back, by revision.';
CREATE INDEX refund_due ON refund (asked_at) WHERE state <> 'done';

-- Never changed: what is left of a line or a fee is what it was, less all of these.
CREATE TABLE refund_part (
    sale_id      text NOT NULL,
    order_id     text NOT NULL,
    nth          smallint NOT NULL,
    position     smallint NOT NULL,
    line         integer,
    fee          text,
    owed         bigint NOT NULL CHECK (owed > 0),
    tax          bigint NOT NULL CHECK (tax >= 0),
    PRIMARY KEY (sale_id, order_id, nth, position),
    CONSTRAINT part_is_of_a_refund FOREIGN KEY (sale_id, order_id, nth) REFERENCES refund,
    CONSTRAINT part_is_of_a_line_or_fee CHECK (line IS NOT NULL OR fee IS NOT NULL)
);
COMMENT ON TABLE refund_part IS 'orders: Which lines and fees of an order a refund gives back, and how much of each.';
