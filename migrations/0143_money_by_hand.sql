-- expand
-- in a transaction
-- locks: payment_account (access exclusive)
--
-- Accounts by hand: buyers send the money by themselves, and members say that it came, or send it back.

ALTER TABLE payment_account ADD COLUMN by_hand jsonb,
    ADD CONSTRAINT account_has_a_provider CHECK (provider IN ('stripe', 'hand')) NOT VALID,
    ADD CONSTRAINT by_hand_is_told CHECK ((provider = 'hand') = (by_hand IS NOT NULL)) NOT VALID;

-- squawk-ignore ban-drop-constraint
ALTER TABLE payment_account DROP CONSTRAINT payment_account_provider_check;

CREATE TABLE hand_charge (
    order_id   text PRIMARY KEY,                       -- the idempotency key
    account    text NOT NULL,
    amount     bigint NOT NULL,                        -- asked for; once it is captured, what came
    currency   text NOT NULL,
    outcome    text NOT NULL CHECK (outcome IN ('awaiting', 'captured', 'declined')),
    until      timestamptz,                            -- before this instant it is awaited; null: it was given up unasked
    step       jsonb,                                  -- what its buyer was told to do
    asked_at   timestamptz NOT NULL DEFAULT now(),
    came_on    date,                                   -- as the member said who saw the money
    note       text NOT NULL DEFAULT '',
    said_kind  text,
    said_by    text,
    said_at    timestamptz,
    CONSTRAINT somebody_saw_the_money CHECK (
        (outcome = 'captured') = (said_at IS NOT NULL AND said_by IS NOT NULL AND came_on IS NOT NULL)),
    CONSTRAINT awaited_by_hand_until CHECK (outcome <> 'awaiting' OR (until IS NOT NULL AND step IS NOT NULL))
);
COMMENT ON TABLE hand_charge IS 'payments: Money that buyers send by themselves, and who saw that it came.';

CREATE TABLE hand_refund (
    order_id   text NOT NULL REFERENCES hand_charge,
    id         text NOT NULL,                          -- the idempotency key
    amount     bigint NOT NULL CHECK (amount > 0),
    asked_at   timestamptz NOT NULL DEFAULT now(),
    sent_at    timestamptz,                            -- null: a member has to send it
    sent_kind  text,
    sent_by    text,
    PRIMARY KEY (order_id, id),
    CONSTRAINT somebody_sent_it CHECK ((sent_at IS NULL) = (sent_by IS NULL))
);
COMMENT ON TABLE hand_refund IS 'payments: What members have to send back to buyers, or have sent.';

CREATE VIEW hand_standing WITH (security_invoker = true) AS
SELECT c.order_id, c.outcome, c.amount, (
    SELECT coalesce(sum(r.amount), 0)::bigint FROM hand_refund r WHERE r.order_id = c.order_id
) AS asked_back, (
    SELECT coalesce(sum(r.amount), 0)::bigint FROM hand_refund r WHERE r.order_id = c.order_id AND r.sent_at IS NOT NULL
) AS given_back FROM hand_charge c;
COMMENT ON VIEW hand_standing IS 'payments: How each charge by hand stands.';
