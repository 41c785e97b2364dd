-- expand
-- in a transaction
-- locks: organizer, profile (share row exclusive)
-- locks: profile_order (access exclusive)
--
-- How each organizer stands to a person. The release before goes on counting orders and importing people without it:
-- what it counts is taken over by workers, what it imports by a later step.

CREATE TABLE relation (
    organizer_id     text NOT NULL REFERENCES organizer,
    number           integer NOT NULL REFERENCES profile ON DELETE CASCADE,
    id               text NOT NULL DEFAULT 'per_' || replace(gen_random_uuid()::text, '-', ''),
    reference        text,
    basis            text CHECK (basis IN ('contract', 'interest')),
    consent          boolean,
    consent_wording  text,
    consent_source   text CHECK (consent_source IN ('person', 'import')),
    consent_at       timestamptz,
    since            timestamptz NOT NULL DEFAULT now(),
    orders_count     integer NOT NULL DEFAULT 0 CHECK (orders_count >= 0),
    last_order_at    timestamptz,
    PRIMARY KEY (organizer_id, number),
    CONSTRAINT relation_id_is_unique UNIQUE (id),
    CONSTRAINT relation_reference_is_unique UNIQUE (organizer_id, reference),
    CONSTRAINT relation_consent_is_shown CHECK (
        (consent IS NULL) = (consent_source IS NULL) AND (consent IS NULL) = (consent_at IS NULL))
);
COMMENT ON TABLE relation IS 'people: How an organizer stands to a person: on what basis, with which consent, what was bought.';
CREATE INDEX relation_by_person ON relation (number);
CREATE VIEW related_person AS
SELECT organizer_id, number, basis, consent, orders_count, last_order_at FROM relation;
COMMENT ON VIEW related_person IS 'people: How organizers stand to people, but for what they call them.';
-- An import's consent is its organizer's alone.
CREATE OR REPLACE VIEW person AS
SELECT p.number, p.buyer_id, p.zone, z.name AS zone_name, p.locale, p.latitude, p.longitude, p.accuracy_m, p.located_at,
       p.email IS NOT NULL AS has_email, p.phone IS NOT NULL AS has_phone, p.consent AND p.reference IS NULL AS consent,
       p.first_seen_at, p.orders_count, p.last_order_at, p.changed_xid
FROM profile p JOIN zone z ON z.number = p.zone;

ALTER TABLE profile_order ADD COLUMN organizer_id text, ADD COLUMN related boolean NOT NULL DEFAULT false;
