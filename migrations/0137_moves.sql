-- expand
-- in a transaction
-- locks: refund, refund_credit, credit, credit_entry (access exclusive)
-- locks: organizer, orders (share row exclusive)
--
-- Moves: lines of an order go to a purchase elsewhere, which a voucher pays that stands for them until they end.

ALTER TABLE refund ADD COLUMN moved bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT refund_moves_some_of_it CHECK (moved >= 0 AND moved + returned <= amount) NOT VALID,
    ADD CONSTRAINT refund_goes_one_of_these_ways CHECK (way IN ('provider', 'by_hand', 'credit', 'voucher', 'move')) NOT VALID;
-- squawk-ignore ban-drop-constraint
ALTER TABLE refund DROP CONSTRAINT refund_way_is_one_of_these;
ALTER TABLE refund_credit ADD COLUMN moved bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT credit_that_moved_was_spent CHECK (moved >= 0 AND moved <= amount AND (moved = 0 OR NOT granted)) NOT VALID;
ALTER TABLE credit_entry ADD CONSTRAINT entry_account_is_known CHECK (
    account IN ('credit_given', 'credit_bonus', 'credit_expired', 'credit_revoked', 'moved')) NOT VALID;
-- squawk-ignore ban-drop-constraint
ALTER TABLE credit_entry DROP CONSTRAINT credit_entry_account_check;
ALTER TABLE credit ADD COLUMN held boolean NOT NULL DEFAULT false;
CREATE OR REPLACE VIEW credit_movement WITH (security_invoker = true) AS
SELECT e.id, c.organizer_id, c.currency, e.at, e.kind, ARRAY[e.account, c.kind] AS accounts, ARRAY[e.amount, -e.amount] AS amounts,
    e.credit_id
FROM credit_entry e JOIN credit c ON c.id = e.credit_id WHERE e.account IS NOT NULL;
CREATE OR REPLACE VIEW order_takings WITH (security_invoker = true) AS
SELECT sale_id, order_id, nth, currency, at, captured, captured + discount - fees - taxes AS prices, discount, fees, taxes, credit
FROM (
    SELECT sale_id, order_id, nth, currency, at,
        coalesce(amounts[array_position(accounts, 'clearing')], 0)
            + coalesce(amounts[array_position(accounts, 'refund_due')], 0)
            + coalesce(amounts[array_position(accounts, 'credit')], 0)
            + coalesce(amounts[array_position(accounts, 'voucher')], 0)
            + coalesce(amounts[array_position(accounts, 'moved')], 0) AS captured,
        coalesce(amounts[array_position(accounts, 'discount')], 0) AS discount,
        -coalesce(amounts[array_position(accounts, 'fee')], 0) AS fees,
        -coalesce(amounts[array_position(accounts, 'tax')], 0) AS taxes,
        coalesce(amounts[array_position(accounts, 'credit')], 0) + coalesce(amounts[array_position(accounts, 'voucher')], 0)
            + coalesce(amounts[array_position(accounts, 'moved')], 0) AS credit
    FROM ledger_movement
) AS movement;
CREATE OR REPLACE VIEW order_refund WITH (security_invoker = true) AS
SELECT sale_id, order_id, nth, amount - returned - moved AS amount, way, state, ended_at FROM refund;
CREATE TABLE order_move (
    id             text PRIMARY KEY,
    organizer_id   text NOT NULL REFERENCES organizer,
    sale_id        text NOT NULL,
    order_id       text NOT NULL,
    request        text NOT NULL,
    lines          integer[] NOT NULL,
    fees           boolean NOT NULL,
    amount         bigint NOT NULL CHECK (amount >= 0),
    currency       text NOT NULL,
    reason         text NOT NULL DEFAULT '',
    rest           text NOT NULL,
    credit_id      text REFERENCES credit,
    to_sale        text NOT NULL,
    to_buyer       text NOT NULL,
    to_cart        text NOT NULL,
    state          text NOT NULL DEFAULT 'open',
    look_at        timestamptz NOT NULL,
    asked_kind     text NOT NULL,
    asked_by       text NOT NULL,
    begun_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at       timestamptz,
    to_order       text,
    refund         smallint,
    CONSTRAINT move_is_of_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders,
    CONSTRAINT move_is_asked_for_once UNIQUE (sale_id, order_id, request),
    CONSTRAINT move_has_a_voucher_for_money CHECK ((amount > 0) = (credit_id IS NOT NULL)),
    CONSTRAINT move_rest_goes_a_known_way CHECK (rest IN ('back', 'credit', 'voucher')),
    CONSTRAINT move_state_is_known CHECK (state IN ('open', 'done', 'undone')),
    CONSTRAINT move_ends_unless_open CHECK ((state = 'open') = (ended_at IS NULL)),
    CONSTRAINT move_that_is_done_has_both CHECK ((state = 'done') = (to_order IS NOT NULL AND refund IS NOT NULL)),
    CONSTRAINT move_is_done_by_its_refund FOREIGN KEY (sale_id, order_id, refund) REFERENCES refund
);
COMMENT ON TABLE order_move IS 'orders: Lines of orders that go, or went, to another purchase.';
CREATE UNIQUE INDEX one_open_move_per_order ON order_move (sale_id, order_id) WHERE state = 'open';
CREATE UNIQUE INDEX one_open_move_per_cart ON order_move (to_sale, to_cart) WHERE state = 'open';
CREATE INDEX order_move_by_credit ON order_move (credit_id);
CREATE VIEW order_of_move WITH (security_invoker = true) AS
SELECT m.id AS move, o.id, o.state NOT IN ('paying', 'awaiting') AS paid, coalesce(c.amount, 0) AS spent, o.placed_at
FROM order_move m JOIN orders o ON o.buyer_id = m.to_buyer AND o.sale_id = m.to_sale AND o.cart_id = m.to_cart
LEFT JOIN order_credit c ON c.sale_id = o.sale_id AND c.order_id = o.id AND c.credit_id = m.credit_id
WHERE o.placed_at >= m.begun_at
    AND (o.state IN ('paying', 'awaiting', 'paid') OR o.state IN ('refunding', 'refunded') AND o.revision > 0)
    AND (c.credit_id IS NOT NULL OR o.total = 0 OR m.credit_id IS NULL);
COMMENT ON VIEW order_of_move IS 'orders: Orders of the cart of a move that stand for it: being paid, or bought.';
ALTER TABLE order_move ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON order_move TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
