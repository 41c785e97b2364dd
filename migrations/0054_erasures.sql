-- expand
-- in a transaction
-- locks: vault_person (access exclusive)
--
-- Who was erased, and whose name tax law keeps. Nothing of it is there before.

ALTER TABLE vault_person ADD COLUMN kept_of text, ADD COLUMN kept_until timestamptz;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE vault_person ADD CONSTRAINT vault_person_kept_is_found_by_nothing CHECK ((kept_of IS NULL) = (kept_until IS NULL)
    AND (kept_of IS NULL OR num_nonnulls(contact_mark, email_mark, phone_mark, buyer_id) = 0 AND name_marks = '{}'));
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX vault_person_by_kept ON vault_person (kept_of) WHERE kept_of IS NOT NULL;
CREATE VIEW order_of_person AS
SELECT sale_id, id, buyer_id, person_id, state, total, currency, paid_at FROM orders WHERE person_id IS NOT NULL;
COMMENT ON VIEW order_of_person IS 'orders: Orders by who bought, in the vault.';
CREATE VIEW named_profile AS SELECT number, buyer_id, person_id FROM profile WHERE person_id IS NOT NULL;
COMMENT ON VIEW named_profile IS 'people: Who people are in the vault.';

-- In the list outside the database before it is here: ids and marks, never a name or an address.
CREATE TABLE erasure (
    number        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id            text NOT NULL,
    organizer_id  text,                                -- whose people they were; null: everybody's
    list          text NOT NULL,                       -- the line of the list, as JSON
    at            timestamptz NOT NULL DEFAULT now(),
    cleared_at    timestamptz,                         -- Redis has forgotten them too
    CONSTRAINT erasure_is_carried_out_once UNIQUE (id)
);
COMMENT ON TABLE erasure IS 'rights: Erasures that were carried out.';
CREATE INDEX erasure_uncleared ON erasure (number) WHERE cleared_at IS NULL;
