-- expand
-- in a transaction
-- locks: sandbox_charge, sandbox_refund (access exclusive)
--
-- The sandbox keeps books: fees, disputes, payouts, refunds that come back.

ALTER TABLE sandbox_charge ADD COLUMN captured_at timestamptz;
ALTER TABLE sandbox_refund ADD COLUMN failed_at timestamptz;

CREATE OR REPLACE VIEW sandbox_standing WITH (security_invoker = true) AS
SELECT c.order_id, c.outcome, c.amount, c.visible_at, (
    SELECT coalesce(sum(r.amount), 0)::bigint FROM sandbox_refund r WHERE r.order_id = c.order_id AND r.failed_at IS NULL
) AS given_back FROM sandbox_charge c;

-- A buyer's bank wants the money of a charge back.
CREATE TABLE sandbox_dispute (
    id         text PRIMARY KEY,
    order_id   text NOT NULL REFERENCES sandbox_charge ON DELETE CASCADE,
    amount     bigint NOT NULL CHECK (amount > 0),
    reason     text NOT NULL,
    state      text NOT NULL CHECK (state IN ('open', 'won', 'lost')),
    opened_at  timestamptz NOT NULL DEFAULT now(),
    due_at     timestamptz NOT NULL,                   -- by when it is to be answered
    ended_at   timestamptz
);
COMMENT ON TABLE sandbox_dispute IS 'payments: What buyers dispute at the sandbox payment provider.';
CREATE UNIQUE INDEX sandbox_dispute_is_open_alone ON sandbox_dispute (order_id) WHERE state <> 'won';

CREATE TABLE sandbox_payout (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL,
    amount        bigint NOT NULL CHECK (amount > 0),
    currency      text NOT NULL,
    at            timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE sandbox_payout IS 'payments: What the sandbox payment provider paid out to organizers.';
CREATE INDEX sandbox_payout_by_organizer ON sandbox_payout (organizer_id, id);

-- Its fee is 1.5 % of what is charged, and again of what is disputed, which it keeps whatever becomes of it.
CREATE VIEW sandbox_book WITH (security_invoker = true) AS
SELECT c.sale_id, 'charge' AS kind, 'ch_' || c.order_id AS id, c.order_id, '' AS about, c.amount,
       (c.amount * 15 + 500) / 1000 AS fee, c.currency, coalesce(c.captured_at, c.visible_at) AS at
FROM sandbox_charge c WHERE c.outcome IN ('captured', 'refunded') AND c.amount > 0
UNION ALL
SELECT c.sale_id, 'refund', 're_' || r.order_id || ':' || r.id, r.order_id, r.id, -r.amount, 0, c.currency, r.created_at
FROM sandbox_refund r JOIN sandbox_charge c USING (order_id)
UNION ALL
SELECT c.sale_id, 'refund_failed', 'rf_' || r.order_id || ':' || r.id, r.order_id, r.id, r.amount, 0, c.currency, r.failed_at
FROM sandbox_refund r JOIN sandbox_charge c USING (order_id) WHERE r.failed_at IS NOT NULL
UNION ALL
-- Of a release that gave back all or nothing, and kept no ids.
SELECT c.sale_id, 'refund', 're_' || c.order_id || ':' || c.order_id || ':all', c.order_id, c.order_id || ':all', -c.amount, 0,
       c.currency, c.created_at
FROM sandbox_charge c
WHERE c.outcome = 'refunded' AND NOT EXISTS (SELECT FROM sandbox_refund r WHERE r.order_id = c.order_id)
UNION ALL
SELECT c.sale_id, 'dispute', d.id || ':opened', d.order_id, d.id, -d.amount, (d.amount * 15 + 500) / 1000, c.currency, d.opened_at
FROM sandbox_dispute d JOIN sandbox_charge c USING (order_id)
UNION ALL
SELECT c.sale_id, 'dispute_won', d.id || ':won', d.order_id, d.id, d.amount, 0, c.currency, d.ended_at
FROM sandbox_dispute d JOIN sandbox_charge c USING (order_id) WHERE d.state = 'won';
COMMENT ON VIEW sandbox_book IS 'payments: What moved in the accounts that the sandbox keeps for organizers, but for payouts.';

ALTER TABLE sandbox_payout ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON sandbox_payout TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
