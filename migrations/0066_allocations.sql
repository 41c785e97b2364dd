-- expand
-- in a transaction
-- locks: pool (access exclusive)
-- locks: sale (share row exclusive)
--
-- Seats and units that are withheld from a sale, and each change of what is for sale, numbered, so that Redis follows them
-- in order. What is withheld of a pool counts beside what is sold of it.

CREATE TABLE allocation (
    sale_id      text NOT NULL REFERENCES sale ON DELETE CASCADE,
    id           text NOT NULL,
    name         text NOT NULL,
    purpose      text NOT NULL,
    seats        integer[] NOT NULL DEFAULT '{}',
    units        jsonb NOT NULL DEFAULT '{}',
    release_at   timestamptz,
    made_at      timestamptz NOT NULL DEFAULT now(),
    released_at  timestamptz,
    PRIMARY KEY (sale_id, id),
    CONSTRAINT allocation_purpose_is_known CHECK (purpose IN ('artist', 'sponsor', 'press', 'house', 'accessibility', 'other')),
    CONSTRAINT allocation_released_withholds_nothing CHECK (released_at IS NULL OR (seats = '{}' AND units = '{}'))
);
COMMENT ON TABLE allocation IS 'catalog: Seats and units that are withheld, what for, and until when.';
CREATE INDEX allocation_to_release ON allocation (release_at) WHERE released_at IS NULL AND release_at IS NOT NULL;

CREATE TABLE stock_change (
    sale_id     text NOT NULL REFERENCES sale ON DELETE CASCADE,
    number      integer NOT NULL,
    state       text NOT NULL CHECK (state IN ('asked', 'done', 'kept')),
    takes       boolean NOT NULL,
    allocation  jsonb,
    seats       integer[] NOT NULL DEFAULT '{}',
    units       jsonb NOT NULL DEFAULT '{}',
    missing     jsonb,
    asked_by    text NOT NULL,
    asked_at    timestamptz NOT NULL DEFAULT now(),
    told_at     timestamptz,
    PRIMARY KEY (sale_id, number),
    CONSTRAINT stock_change_asks_before_it_takes CHECK (takes OR state = 'done'),
    CONSTRAINT stock_change_asked_is_not_told CHECK (state <> 'asked' OR told_at IS NULL)
);
COMMENT ON TABLE stock_change IS 'catalog: Changes of what a sale has to sell, in the order in which Redis follows them.';
CREATE UNIQUE INDEX stock_change_is_asked_one_at_a_time ON stock_change (sale_id) WHERE state = 'asked';
CREATE INDEX stock_change_untold ON stock_change (asked_at) WHERE told_at IS NULL;

ALTER TABLE pool ADD COLUMN withheld integer NOT NULL DEFAULT 0;
-- What it holds apart it held apart before.
-- squawk-ignore ban-drop-constraint
ALTER TABLE pool DROP CONSTRAINT pool_is_never_oversold;
ALTER TABLE pool ADD CONSTRAINT pool_is_never_oversold CHECK (sold >= 0 AND withheld >= 0 AND sold + withheld <= capacity) NOT VALID;
CREATE OR REPLACE VIEW pool_stock AS SELECT sale_id, id, capacity - withheld AS capacity, draws_on, sold FROM pool;
COMMENT ON VIEW pool_stock IS 'catalog: How much of a pool may be sold, and how much of it is.';

GRANT SELECT, INSERT, UPDATE ON allocation TO aforo_office;
GRANT SELECT, INSERT ON stock_change TO aforo_office;
GRANT UPDATE (capacity, withheld) ON pool TO aforo_office;
ALTER TABLE allocation ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON allocation TO aforo_office USING (
    (SELECT organizer_id FROM sale WHERE sale.id = allocation.sale_id) = current_setting('aforo.organizer', true));
ALTER TABLE stock_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON stock_change TO aforo_office USING (
    (SELECT organizer_id FROM sale WHERE sale.id = stock_change.sale_id) = current_setting('aforo.organizer', true));
