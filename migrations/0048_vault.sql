-- expand
-- in a transaction
-- locks: cart, orders (access exclusive)
--
-- The vault: people, each under a key of their own. Carts and orders refer to them; until the release before is gone they
-- go on keeping contacts themselves.

-- A person is one contact, as somebody typed it for an organizer or an import brought it. Once erased the row stays, empty,
-- so that nothing that refers to it ever means somebody else.
CREATE TABLE vault_person (
    id            text PRIMARY KEY,
    organizer_id  text,                                -- whose person; null: of the installation. No foreign key: people come in crowds
    buyer_id      text,                                -- who typed it; null: an import, or erased
    ring_key      smallint,                            -- of the keyring's purpose `vault`, which wraps …
    data_key      bytea,                               -- … the key of this person alone, under which lies …
    sealed        bytea,                               -- … the contact
    contact_mark  bytea,                               -- of organizer, buyer and contact together
    email_mark    bytea,                               -- of the inbox, as in message
    phone_mark    bytea,
    name_marks    bigint[] NOT NULL DEFAULT '{}',      -- one per word
    created_at    timestamptz NOT NULL DEFAULT now(),
    erased_at     timestamptz,
    CONSTRAINT vault_person_is_the_same_again UNIQUE (contact_mark),
    CONSTRAINT vault_person_is_whole_or_erased CHECK (CASE WHEN erased_at IS NULL
        THEN num_nulls(ring_key, data_key, sealed) = 0
        ELSE num_nonnulls(ring_key, data_key, sealed, contact_mark, email_mark, phone_mark, buyer_id) = 0
            AND name_marks = '{}' END)
);
COMMENT ON TABLE vault_person IS 'vault: People, each under a key of their own.';
CREATE INDEX vault_person_by_email ON vault_person (email_mark) WHERE email_mark IS NOT NULL;
CREATE INDEX vault_person_by_phone ON vault_person (phone_mark) WHERE phone_mark IS NOT NULL;
CREATE INDEX vault_person_by_name ON vault_person USING gin (name_marks);
CREATE INDEX vault_person_by_buyer ON vault_person (buyer_id) WHERE buyer_id IS NOT NULL;
CREATE INDEX vault_person_by_ring_key ON vault_person (ring_key) WHERE ring_key IS NOT NULL;
CREATE VIEW sealed_person AS SELECT id, ring_key, data_key, sealed FROM vault_person WHERE erased_at IS NULL;
COMMENT ON VIEW sealed_person IS 'vault: People as they are kept; only the vault can read them.';
-- Writes people in the statement of whoever refers to them. Whoever is there already, by the mark, stays who they are.
CREATE FUNCTION vault_put(
    people text[], organizers text[], buyers text[], ring_keys smallint[], data_keys bytea[], seals bytea[],
    contact_marks bytea[], email_marks bytea[], phone_marks bytea[], names text[]
) RETURNS TABLE (contact_mark bytea, person_id text) LANGUAGE sql AS $$
    INSERT INTO vault_person (id, organizer_id, buyer_id, ring_key, data_key, sealed, contact_mark, email_mark, phone_mark,
                              name_marks)
    SELECT DISTINCT ON (p.contact_mark, CASE WHEN p.contact_mark IS NULL THEN p.id END) p.id, p.organizer_id, p.buyer_id,
           p.ring_key, p.data_key, p.sealed, p.contact_mark, p.email_mark, p.phone_mark, p.name_marks::bigint[]
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         AS p (id, organizer_id, buyer_id, ring_key, data_key, sealed, contact_mark, email_mark, phone_mark, name_marks)
    ORDER BY p.contact_mark, CASE WHEN p.contact_mark IS NULL THEN p.id END
    ON CONFLICT ON CONSTRAINT vault_person_is_the_same_again DO UPDATE SET contact_mark = excluded.contact_mark
    RETURNING vault_person.contact_mark, vault_person.id
$$;
COMMENT ON FUNCTION vault_put IS 'vault: Writes people, and answers who is meant by each mark.';

ALTER TABLE cart ADD COLUMN person_id text;
ALTER TABLE orders ADD COLUMN person_id text;
