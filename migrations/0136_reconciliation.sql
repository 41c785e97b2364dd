-- expand
-- in a transaction
-- locks: organizer, orders (share row exclusive)
--
-- What providers' books say, where ours differ, and what buyers dispute.

-- Each entry of a provider's books, once, with what it moves in our ledger: the movements of orders are in ledger_movement,
-- these are of what only the provider knows. An entry never changes.
CREATE TABLE provider_entry (
    provider      text NOT NULL,                       -- sandbox, or stripe:<account>
    id            text NOT NULL,                       -- the provider's own
    organizer_id  text NOT NULL REFERENCES organizer,
    kind          text NOT NULL,
    sale_id       text,                                -- as the provider says, …
    order_id      text,                                -- … who is not believed: what it names may not be there
    about         text NOT NULL DEFAULT '',            -- id of the refund or the dispute
    amount        bigint NOT NULL,                     -- what came to the account, or went from it where it is negative
    fee           bigint NOT NULL,                     -- what the provider kept besides
    currency      text NOT NULL,
    at            timestamptz NOT NULL,
    why           text NOT NULL DEFAULT '',            -- it could not be read
    accounts      text[] NOT NULL,                     -- clearing; provider_fee; dispute; dispute_lost; payout; elsewhere
    amounts       bigint[] NOT NULL,                   -- {}: orders have moved it already
    read_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider, id),                        -- it is booked once, however often it is read or told
    CONSTRAINT entry_kind_is_known CHECK (kind IN (
        'charge', 'refund', 'refund_failed', 'dispute', 'dispute_won', 'dispute_lost', 'fee', 'payout', 'payout_failed', 'other',
        'unread')),
    CONSTRAINT entry_has_an_amount_for_each_account CHECK (cardinality(accounts) = cardinality(amounts)),
    CONSTRAINT entry_balances CHECK (cardinality(amounts) = 0 OR ledger_balances(amounts))
);
COMMENT ON TABLE provider_entry IS 'reconciliation: What providers'' books say, and what it moved in the ledger.';
CREATE INDEX provider_entry_by_order ON provider_entry (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX provider_entry_by_organizer ON provider_entry (organizer_id, provider, at, id);
CREATE INDEX provider_entry_about ON provider_entry (provider, about) WHERE about <> '';

CREATE TABLE dispute (
    provider      text NOT NULL,
    id            text NOT NULL,                       -- the provider's own
    organizer_id  text NOT NULL REFERENCES organizer,
    sale_id       text,                                -- of the order; null: the provider names none of ours
    order_id      text,
    amount        bigint NOT NULL,                     -- what is disputed
    currency      text NOT NULL,
    reason        text NOT NULL,                       -- the buyer's bank's
    state         text NOT NULL,
    blocks        boolean NOT NULL,                    -- whether the order's tickets open nothing meanwhile
    opened_at     timestamptz NOT NULL,
    due_at        timestamptz NOT NULL,                -- by when somebody has to have answered it
    answered_at   timestamptz,                         -- a member says that it is answered at the provider
    ended_at      timestamptz,
    PRIMARY KEY (provider, id),
    CONSTRAINT dispute_has_order_and_sale CHECK ((sale_id IS NULL) = (order_id IS NULL)),
    CONSTRAINT dispute_of_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders,
    CONSTRAINT dispute_state_is_known CHECK (state IN ('open', 'won', 'lost')),
    CONSTRAINT dispute_ends_unless_open CHECK ((state = 'open') = (ended_at IS NULL))
);
COMMENT ON TABLE dispute IS 'reconciliation: Payments that buyers dispute at their banks.';
CREATE INDEX dispute_by_organizer ON dispute (organizer_id, opened_at, id);
CREATE INDEX dispute_by_order ON dispute (sale_id, order_id);

CREATE TABLE dispute_policy (
    organizer_id  text PRIMARY KEY REFERENCES organizer,
    blocks        boolean NOT NULL                     -- whether disputed orders' tickets open nothing; without a row they do not
);
COMMENT ON TABLE dispute_policy IS 'reconciliation: What organizers want done with tickets whose payment is disputed.';

CREATE TABLE reconciliation (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    asked_kind    text NOT NULL,                       -- what asked for it: an account, a key, an operator, the worker itself …
    asked_by      text NOT NULL,                       -- … and which
    since         timestamptz NOT NULL,                -- what happened from then on is compared
    state         text NOT NULL DEFAULT 'waiting',
    place         jsonb NOT NULL DEFAULT '{}',         -- where the next step goes on
    entries       bigint NOT NULL DEFAULT 0,           -- that were read
    compared      bigint NOT NULL DEFAULT 0,           -- orders
    found         integer NOT NULL DEFAULT 0,          -- disagreements that are new
    settled       integer NOT NULL DEFAULT 0,          -- disagreements that are over
    unreached     text[] NOT NULL DEFAULT '{}',        -- providers whose books could not be read
    asked_at      timestamptz NOT NULL DEFAULT now(),
    ended_at      timestamptz,
    CONSTRAINT reconciliation_state_is_known CHECK (state IN ('waiting', 'running', 'done')),
    CONSTRAINT reconciliation_ends_once_done CHECK ((state = 'done') = (ended_at IS NOT NULL))
);
COMMENT ON TABLE reconciliation IS 'reconciliation: Comparing an organizer''s money with its providers'' books, once from beginning to end.';
CREATE UNIQUE INDEX reconciliation_waits_alone ON reconciliation (organizer_id) WHERE state = 'waiting';
CREATE UNIQUE INDEX reconciliation_runs_alone ON reconciliation (organizer_id) WHERE state = 'running';
CREATE INDEX reconciliation_by_organizer ON reconciliation (organizer_id, asked_at);
CREATE INDEX reconciliation_undone ON reconciliation (asked_at, id) WHERE state <> 'done';
CREATE INDEX reconciliation_by_end ON reconciliation (ended_at) WHERE state = 'done';

CREATE TABLE disagreement (
    id             text PRIMARY KEY,
    organizer_id   text NOT NULL REFERENCES organizer,
    provider       text NOT NULL,
    kind           text NOT NULL,
    subject        text NOT NULL,                      -- id of the order, or of the entry that could not be read
    sale_id        text,
    order_id       text,
    facts          jsonb NOT NULL,                     -- what each side says
    state          text NOT NULL DEFAULT 'open',
    opened_at      timestamptz NOT NULL DEFAULT now(),
    due_at         timestamptz NOT NULL,               -- by when somebody has to have seen to it
    resolved_at    timestamptz,
    resolved_kind  text,                               -- what resolved it: an account, a key, the worker that found it gone …
    resolved_by    text,                               -- … and which
    reason         text NOT NULL DEFAULT '',           -- a member's
    CONSTRAINT disagreement_kind_is_known CHECK (kind IN (
        'unknown_charge', 'missing_charge', 'amount_differs', 'currency_differs', 'missing_refund', 'unknown_refund', 'unread')),
    CONSTRAINT disagreement_state_is_known CHECK (state IN ('open', 'resolved')),
    CONSTRAINT disagreement_is_resolved_by_somebody CHECK ((state = 'open') = (resolved_at IS NULL)
        AND (state = 'open') = (resolved_by IS NULL))
);
COMMENT ON TABLE disagreement IS 'reconciliation: Where a provider''s books and ours differ.';
CREATE UNIQUE INDEX disagreement_is_open_once ON disagreement (provider, kind, subject) WHERE state = 'open';
CREATE INDEX disagreement_by_subject ON disagreement (provider, subject);
CREATE INDEX disagreement_by_organizer ON disagreement (organizer_id, state, due_at);

GRANT SELECT ON provider_entry TO aforo_office;
GRANT SELECT, INSERT ON reconciliation TO aforo_office;
GRANT SELECT ON disagreement, dispute TO aforo_office;
GRANT UPDATE (state, resolved_at, resolved_kind, resolved_by, reason) ON disagreement TO aforo_office;
GRANT UPDATE (answered_at) ON dispute TO aforo_office;
GRANT SELECT, INSERT ON dispute_policy TO aforo_office;
GRANT UPDATE (blocks) ON dispute_policy TO aforo_office;
ALTER TABLE provider_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON provider_entry TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE dispute ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON dispute TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE dispute_policy ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON dispute_policy TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE reconciliation ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON reconciliation TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE disagreement ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON disagreement TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
