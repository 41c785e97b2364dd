-- expand
-- in a transaction
-- locks: profile, suppression (access exclusive)
--
-- People of organizers refer to the vault too, and addresses nothing is sent to are kept as marks. Until the release before
-- is gone both stay as they were.

ALTER TABLE profile ADD COLUMN person_id text, ADD COLUMN email_mark bytea, ADD COLUMN phone_mark bytea;
-- What it holds apart it held apart before.
-- squawk-ignore ban-drop-constraint
ALTER TABLE profile DROP CONSTRAINT profile_vouches_for_an_address;
ALTER TABLE profile ADD CONSTRAINT profile_vouches_for_an_address CHECK (
    (num_nonnulls(email, email_mark) > 0 OR email_vouched_by IS NULL)
    AND (num_nonnulls(phone, phone_mark) > 0 OR phone_vouched_by IS NULL)) NOT VALID;
CREATE OR REPLACE VIEW person AS
SELECT p.number, p.buyer_id, p.zone, z.name AS zone_name, p.locale, p.latitude, p.longitude, p.accuracy_m, p.located_at,
       num_nonnulls(p.email, p.email_mark) > 0 AS has_email, num_nonnulls(p.phone, p.phone_mark) > 0 AS has_phone,
       p.consent AND p.reference IS NULL AS consent,
       p.first_seen_at, p.orders_count, p.last_order_at, p.changed_xid
FROM profile p JOIN zone z ON z.number = p.zone;

-- Older releases only write it, and compare.
-- squawk-ignore ban-drop-not-null
ALTER TABLE suppression ADD COLUMN address_mark bytea, ALTER COLUMN address DROP NOT NULL;
-- squawk-ignore ban-drop-constraint
ALTER TABLE suppression DROP CONSTRAINT suppression_is_noted_once;
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX suppression_is_noted_once ON suppression (channel, address, organizer_id) NULLS NOT DISTINCT
    WHERE address IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX suppression_mark_is_noted_once ON suppression (channel, address_mark, organizer_id) NULLS NOT DISTINCT
    WHERE address_mark IS NOT NULL;
ALTER TABLE suppression ADD CONSTRAINT suppression_is_of_an_address CHECK (num_nonnulls(address, address_mark) = 1) NOT VALID;
CREATE OR REPLACE VIEW silenced_address AS SELECT channel, address, organizer_id, reason, address_mark FROM suppression;
