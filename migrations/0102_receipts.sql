-- expand
-- in a transaction
-- locks: organizer, ledger_movement (share row exclusive)
--
-- Receipts: their numbers, which leave no gap in an organizer's year, and who issues them.

CREATE VIEW order_code WITH (security_invoker = true) AS SELECT sale_id, id, code FROM orders;
COMMENT ON VIEW order_code IS 'orders: What opens each order, for those who list what belongs to it.';
-- A version never changes, so that a receipt can say which one it was issued with; the highest is in force. One without a
-- tax id is no more than the organizer's name: receipts were issued before anything else was known.
CREATE TABLE legal_identity (
    organizer_id  text NOT NULL REFERENCES organizer,
    version       integer NOT NULL CHECK (version > 0),
    name          text NOT NULL,
    tax_id        text NOT NULL DEFAULT '',
    address       text NOT NULL DEFAULT '',            -- street and number, in as many lines as it takes
    postal_code   text NOT NULL DEFAULT '',
    city          text NOT NULL DEFAULT '',
    country       text NOT NULL DEFAULT '',            -- ISO 3166, two letters
    note          text NOT NULL DEFAULT '',            -- printed on receipts
    prefix        text NOT NULL DEFAULT '',            -- before the year, in the number of a receipt
    zone          text NOT NULL DEFAULT 'UTC',         -- by whose calendar a year ends
    written_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organizer_id, version)
);
COMMENT ON TABLE legal_identity IS 'receipts: Who an organizer is to the law, by version.';

CREATE TABLE receipt_series (
    organizer_id  text NOT NULL REFERENCES organizer,
    year          integer NOT NULL,
    last          integer NOT NULL DEFAULT 0,          -- the highest number that was given
    last_at       timestamptz NOT NULL,                -- when: no later number has an earlier date
    PRIMARY KEY (organizer_id, year)
);
COMMENT ON TABLE receipt_series IS 'receipts: The numbers of an organizer''s year, which begin at 1.';
CREATE TABLE receipt (
    organizer_id  text NOT NULL,
    year          integer NOT NULL,
    number        integer NOT NULL CHECK (number > 0),
    previous      integer GENERATED ALWAYS AS (nullif(number - 1, 0)) STORED,
    sale_id       text NOT NULL,
    order_id      text NOT NULL,
    movement      smallint NOT NULL DEFAULT 0,         -- of the order: what it captured
    identity      integer NOT NULL,                    -- version of the legal identity it was issued with
    issued_at     timestamptz NOT NULL,
    currency      text NOT NULL,
    total         bigint NOT NULL CHECK (total > 0),
    tax           bigint NOT NULL CHECK (tax >= 0),    -- of the total
    PRIMARY KEY (organizer_id, year, number),
    CONSTRAINT order_has_one_receipt UNIQUE (sale_id, order_id),
    CONSTRAINT receipt_has_its_series FOREIGN KEY (organizer_id, year) REFERENCES receipt_series,
    CONSTRAINT receipt_leaves_no_gap FOREIGN KEY (organizer_id, year, previous) REFERENCES receipt,
    CONSTRAINT receipt_has_its_movement FOREIGN KEY (sale_id, order_id, movement) REFERENCES ledger_movement,
    CONSTRAINT receipt_has_its_identity FOREIGN KEY (organizer_id, identity) REFERENCES legal_identity
);
COMMENT ON TABLE receipt IS 'receipts: Receipts that were issued, by number. Never changed, and never removed.';
CREATE INDEX receipt_by_date ON receipt (organizer_id, issued_at);
-- Looked at as a transaction ends, when the receipts are there that it counts.
ALTER TABLE receipt_series ADD CONSTRAINT series_ends_with_a_receipt FOREIGN KEY (organizer_id, year, last)
    REFERENCES receipt DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE receipt_due (
    sale_id       text NOT NULL,
    order_id      text NOT NULL,
    organizer_id  text NOT NULL REFERENCES organizer,
    paid_at       timestamptz NOT NULL,
    queued_at     timestamptz NOT NULL DEFAULT now(),
    not_before    timestamptz NOT NULL DEFAULT now(),  -- put off until then: its movement was missing
    PRIMARY KEY (sale_id, order_id)
);
COMMENT ON TABLE receipt_due IS 'receipts: Paid orders that wait for the number of their receipt.';
CREATE INDEX receipt_due_by_payment ON receipt_due (paid_at, order_id);
GRANT SELECT, INSERT ON legal_identity TO aforo_office;
GRANT SELECT ON receipt, order_code TO aforo_office;
ALTER TABLE legal_identity ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON legal_identity TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE receipt_series ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON receipt_series TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE receipt ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON receipt TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE receipt_due ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON receipt_due TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
