"""The SQL of people."""

# ── persons ──

KEEP_ZONE = "INSERT INTO zone (name) VALUES ($1) ON CONFLICT (name) DO NOTHING"
# Name and addresses are there only before the vault is in use.
PUT = """
INSERT INTO profile (buyer_id, zone, locale, name, email, phone, consent, channels, latitude, longitude, accuracy_m,
                     located_at)
SELECT $1, z.number, coalesce($3, 'en'), coalesce($4, ''), $5, $6, coalesce($7, false),
       coalesce($8, '{push,email,sms}'::text[]), $9, $10, coalesce($11, 0), $12
FROM zone z WHERE z.name = coalesce($2, 'UTC')
ON CONFLICT (buyer_id) DO UPDATE SET
    zone = CASE WHEN $2::text IS NULL THEN profile.zone ELSE excluded.zone END,
    locale = coalesce($3, profile.locale), name = coalesce($4, profile.name), email = coalesce($5, profile.email),
    phone = coalesce($6, profile.phone),
    -- Another address is nobody's until it is confirmed.
    email_vouched_by = CASE WHEN coalesce($5, profile.email) = profile.email THEN profile.email_vouched_by END,
    phone_vouched_by = CASE WHEN coalesce($6, profile.phone) = profile.phone THEN profile.phone_vouched_by END,
    consent = coalesce($7, profile.consent),
    channels = coalesce($8, profile.channels),
    latitude = coalesce($9, profile.latitude), longitude = coalesce($10, profile.longitude),
    accuracy_m = coalesce($11, profile.accuracy_m), located_at = coalesce($12, profile.located_at),
    changed_xid = pg_current_xact_id()
RETURNING number
"""
# Who somebody is, for a change of it: nobody else changes it meanwhile.
WHO = """
SELECT p.number, p.name, p.email, p.phone, p.person_id, v.ring_key, v.data_key, v.sealed
FROM profile p LEFT JOIN LATERAL (SELECT * FROM sealed_person WHERE sealed_person.id = p.person_id) AS v ON true
WHERE p.number = $1 FOR UPDATE OF p
"""
# Another address is nobody's until it is confirmed.
NAME_PERSON = """
UPDATE profile SET person_id = $2, email_mark = $3, phone_mark = $4, name = '', email = NULL, phone = NULL,
    email_vouched_by = CASE WHEN $5 THEN email_vouched_by END, phone_vouched_by = CASE WHEN $6 THEN phone_vouched_by END
WHERE number = $1
"""
OF_PERSON = "SELECT number FROM profile WHERE person_id = $1 ORDER BY number"
READ = """
SELECT p.number, p.consent OR EXISTS (SELECT FROM relation r WHERE r.number = p.number AND r.consent) AS told,
       p.name, p.email, p.phone, p.email_vouched_by IS NOT NULL AS email_confirmed,
       p.phone_vouched_by IS NOT NULL AS phone_confirmed, p.locale, z.name AS zone, p.consent, p.channels, p.located_at,
       p.orders_count, p.person_id, v.ring_key, v.data_key, v.sealed
FROM profile p JOIN zone z ON z.number = p.zone
LEFT JOIN LATERAL (SELECT * FROM sealed_person WHERE sealed_person.id = p.person_id) AS v ON true
WHERE p.buyer_id = $1
"""
SUBSCRIBE_PUSH = """
INSERT INTO push_subscription (endpoint, number, p256dh, auth)
SELECT $2, number, $3, $4 FROM profile WHERE buyer_id = $1
ON CONFLICT (endpoint) DO UPDATE SET number = excluded.number, p256dh = excluded.p256dh, auth = excluded.auth,
    created_at = now()
RETURNING number
"""
KEEP_NEWEST_PUSH = """
DELETE FROM push_subscription WHERE number = $1 AND endpoint NOT IN (
    SELECT endpoint FROM push_subscription WHERE number = $1 ORDER BY created_at DESC LIMIT $2)
"""
FORGET_PUSH = "DELETE FROM push_subscription WHERE endpoint = $1"
HAS_UTC = "SELECT 1 FROM zone WHERE name = 'UTC'"
LAST_SEEN = """
SELECT latitude, longitude, accuracy_m, extract(epoch FROM located_at)::bigint AS located_s FROM profile
WHERE buyer_id = $1 AND latitude IS NOT NULL AND located_at IS NOT NULL
"""
CLAIMED = """
SELECT p.number, p.name, p.email, p.phone, p.person_id, v.ring_key, v.data_key, v.sealed
FROM profile p LEFT JOIN LATERAL (SELECT * FROM sealed_person WHERE sealed_person.id = p.person_id) AS v ON true
WHERE p.buyer_id = $1 FOR UPDATE OF p
"""
VOUCH = """
UPDATE profile SET email_vouched_by = CASE $2 WHEN 'email' THEN 'owner' ELSE email_vouched_by END,
    phone_vouched_by = CASE $2 WHEN 'sms' THEN 'owner' ELSE phone_vouched_by END,
    email_vouched_at = CASE $2 WHEN 'email' THEN now() ELSE email_vouched_at END,
    phone_vouched_at = CASE $2 WHEN 'sms' THEN now() ELSE phone_vouched_at END
WHERE number = $1
"""
NO_CONSENT = """
UPDATE profile SET consent = false, changed_xid = pg_current_xact_id() WHERE number = $1
"""
NO_CONSENT_TO_ANY = """
UPDATE relation SET consent = false, consent_source = 'person', consent_wording = NULL, consent_origin = NULL,
    consent_at = now()
WHERE number = $1 AND consent
"""
# What somebody says to one organizer; a no makes nobody that organizer's.
SAY_TO_ORGANIZER = """
INSERT INTO relation (organizer_id, number, consent, consent_wording, consent_source, consent_at)
VALUES ($1, $2, $3, $4, 'person', now())
ON CONFLICT (organizer_id, number) DO UPDATE SET consent = excluded.consent,
    consent_wording = excluded.consent_wording, consent_origin = NULL, consent_source = 'person', consent_at = now()
"""
# By consent is whoever there is nothing else by. Releases before this one leave where an older yes came from. An
# address that was changed is vouched for by nobody, so that its instant counts beside `owner` alone.
RELATION = """
SELECT r.id, r.reference, coalesce(r.basis, CASE WHEN r.consent THEN 'consent' END) AS basis, r.consent,
       r.consent_wording, r.consent_source, r.consent_at,
       CASE WHEN r.consent_source = 'import' THEN r.consent_origin END AS consent_origin,
       CASE WHEN own.yes AND p.email_vouched_by = 'owner' THEN p.email_vouched_at END AS email_confirmed_at,
       CASE WHEN own.yes AND p.phone_vouched_by = 'owner' THEN p.phone_vouched_at END AS phone_confirmed_at,
       r.since, r.orders_count, r.last_order_at
FROM relation r JOIN profile p ON p.number = r.number, LATERAL (
    SELECT r.consent AND r.consent_source = 'person' AS yes) AS own
WHERE r.organizer_id = $1
"""
RELATED = f"{RELATION} AND r.id > $2 AND (r.basis IS NOT NULL OR r.consent) ORDER BY r.id LIMIT $3"
# Of a person in the vault ($2), whom an import brought or a buyer ($3) said they are.
RELATION_OF = f"{RELATION} AND (p.person_id = $2 OR p.buyer_id = $3) LIMIT 1"
WRITE_POSITIONS = """
UPDATE profile p
SET latitude = m.latitude, longitude = m.longitude, accuracy_m = m.accuracy_m, located_at = m.located_at,
    changed_xid = pg_current_xact_id()
FROM unnest($1::integer[], $2::double precision[], $3::double precision[], $4::integer[], $5::timestamptz[])
     AS m (number, latitude, longitude, accuracy_m, located_at)
WHERE p.number = m.number AND (p.located_at IS NULL OR p.located_at < m.located_at)
"""
ZONES = "SELECT number, name FROM zone"

# ── reaching ──

ADDRESSES = """
SELECT p.number, p.locale, p.channels, p.latitude, p.longitude, p.name, p.email, p.phone, p.person_id,
       v.ring_key, v.data_key, v.sealed, p.email_vouched_by IS NOT NULL AS email_counts,
       p.phone_vouched_by IS NOT NULL AS phone_counts,
       (SELECT jsonb_build_object('endpoint', s.endpoint,
                                  'keys', jsonb_build_object('p256dh', s.p256dh, 'auth', s.auth))
        FROM push_subscription s WHERE s.number = p.number ORDER BY s.created_at DESC LIMIT 1) AS push
FROM profile p LEFT JOIN LATERAL (SELECT * FROM sealed_person WHERE sealed_person.id = p.person_id) AS v ON true
WHERE p.number = ANY ($1::integer[])
"""
# Of some addresses, by channel ($1), as they are written ($2) and by mark ($3), those to which their owner or this
# organizer wants nothing sent.
SILENCED = """
SELECT a.channel, a.address FROM unnest($1::text[], $2::text[], $3::bytea[]) AS a (channel, address, mark)
WHERE EXISTS (SELECT FROM suppression s WHERE s.channel = a.channel AND s.address_mark = a.mark
              AND (s.organizer_id IS NULL OR s.organizer_id = $4))
   OR EXISTS (SELECT FROM suppression s WHERE s.channel = a.channel AND s.address = a.address
              AND (s.organizer_id IS NULL OR s.organizer_id = $4))
"""
SUPPRESS = """
INSERT INTO suppression (channel, address, address_mark, organizer_id, reason) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
"""

# ── what readers want ──

# Of a profile by its number ($1) or buyer ($2), as this organizer stands to them.
READER = """
SELECT p.number, p.locale, z.name AS zone, coalesce(r.consent, p.consent AND p.reference IS NULL) AS told,
       EXISTS (SELECT FROM push_subscription s WHERE s.number = p.number) AS has_push,
       p.email_vouched_by IS NOT NULL AS email_counts, p.phone_vouched_by IS NOT NULL AS phone_counts,
       p.name, p.email, p.phone, p.person_id, v.ring_key, v.data_key, v.sealed
FROM profile p JOIN zone z ON z.number = p.zone
LEFT JOIN relation r ON r.organizer_id = $3 AND r.number = p.number
LEFT JOIN LATERAL (SELECT * FROM sealed_person WHERE sealed_person.id = p.person_id) AS v ON true
WHERE p.number = $1 OR p.buyer_id = $2
"""
PREFERENCES = """
SELECT p.organizer_id, p.channel, p.address_mark, p.off, p.quiet_since, p.quiet_until, p.zone
FROM unnest($1::text[], $2::text[], $3::bytea[]) AS a (organizer_id, channel, address_mark)
JOIN preference p USING (organizer_id, channel, address_mark)
"""
PREFER = """
INSERT INTO preference (organizer_id, channel, address_mark, off, quiet_since, quiet_until, zone)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (organizer_id, channel, address_mark) DO UPDATE SET off = excluded.off, quiet_since = excluded.quiet_since,
    quiet_until = excluded.quiet_until, zone = excluded.zone, changed_at = now()
"""
# A no stays, as in suppression: whoever imports the address next must know it.
FORGET_HOURS = """
UPDATE preference SET quiet_since = NULL, quiet_until = NULL, zone = NULL
WHERE address_mark = ANY ($1::bytea[]) AND ($2::text IS NULL OR organizer_id = $2) AND quiet_since IS NOT NULL
"""
FORGET_YES = """
DELETE FROM preference
WHERE address_mark = ANY ($1::bytea[]) AND ($2::text IS NULL OR organizer_id = $2) AND off = '{}'
"""

# ── counting orders ──

NOTE = """
INSERT INTO profile_order (sale_id, order_id, buyer_id, paid_at, organizer_id, counted)
SELECT o.sale_id, o.order_id, o.buyer_id, o.paid_at, o.organizer_id, false
FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
     AS o (sale_id, order_id, buyer_id, paid_at, organizer_id)
ON CONFLICT (sale_id, order_id) DO NOTHING
"""
COUNT = """
WITH counted AS (
    UPDATE profile_order o SET counted = true
    FROM unnest($1::text[], $2::text[]) AS n (sale_id, order_id), profile p
    WHERE o.sale_id = n.sale_id AND o.order_id = n.order_id AND p.buyer_id = o.buyer_id AND NOT o.counted
    RETURNING o.buyer_id, o.paid_at
), per_buyer AS (
    SELECT buyer_id, count(*) AS orders, max(paid_at) AS last_at FROM counted GROUP BY buyer_id
)
UPDATE profile p
SET orders_count = p.orders_count + b.orders, last_order_at = greatest(p.last_order_at, b.last_at),
    changed_xid = pg_current_xact_id()
FROM per_buyer b WHERE p.buyer_id = b.buyer_id
"""
# What was bought before the profile was there.
LOOK_BACK = """
WITH fresh AS (
    SELECT number, buyer_id FROM profile WHERE NOT orders_known ORDER BY number LIMIT $1 FOR UPDATE
), counted AS (
    UPDATE profile_order o SET counted = true FROM fresh f WHERE o.buyer_id = f.buyer_id AND NOT o.counted
    RETURNING o.buyer_id, o.paid_at
), per_buyer AS (
    SELECT buyer_id, count(*) AS orders, max(paid_at) AS last_at FROM counted GROUP BY buyer_id
)
UPDATE profile p
SET orders_known = true, orders_count = p.orders_count + coalesce(b.orders, 0),
    last_order_at = greatest(p.last_order_at, b.last_at),
    changed_xid = CASE WHEN b.orders > 0 THEN pg_current_xact_id() ELSE p.changed_xid END
FROM fresh f LEFT JOIN per_buyer b ON b.buyer_id = f.buyer_id WHERE p.number = f.number
"""
HAS_NEW = "SELECT EXISTS (SELECT FROM profile WHERE NOT orders_known)"
# Counted orders go into the relation to the organizer they were bought of, each once, whichever release counted them.
RELATE = """
WITH due AS (
    SELECT sale_id, order_id FROM profile_order WHERE counted AND NOT related AND organizer_id IS NOT NULL
    LIMIT $1 FOR UPDATE SKIP LOCKED
), marked AS (
    UPDATE profile_order o SET related = true FROM due s WHERE o.sale_id = s.sale_id AND o.order_id = s.order_id
    RETURNING o.organizer_id, o.buyer_id, o.paid_at
), bought AS (
    SELECT m.organizer_id, p.number, count(*) AS orders, min(m.paid_at) AS first_at, max(m.paid_at) AS last_at
    FROM marked m JOIN profile p ON p.buyer_id = m.buyer_id GROUP BY m.organizer_id, p.number
), put AS (
    INSERT INTO relation (organizer_id, number, basis, since, orders_count, last_order_at)
    SELECT organizer_id, number, 'contract', first_at, orders, last_at FROM bought ORDER BY organizer_id, number
    ON CONFLICT (organizer_id, number) DO UPDATE SET basis = coalesce(relation.basis, 'contract'),
        orders_count = relation.orders_count + excluded.orders_count,
        last_order_at = greatest(relation.last_order_at, excluded.last_order_at)
), changed AS (
    UPDATE profile p SET changed_xid = pg_current_xact_id() FROM bought b WHERE p.number = b.number
)
SELECT count(*) FROM marked
"""

# ── importing ──

# Who of them is known to the organizer, as the vault has them.
# By one lookup for each, also where Postgres does not know yet how many people an organizer has.
KNOWN = """
SELECT r.number, r.reference, p.person_id, v.ring_key, v.data_key, v.sealed
FROM unnest($2::text[]) AS said (reference) CROSS JOIN LATERAL (
    SELECT number, reference FROM relation WHERE organizer_id = $1 AND reference = said.reference LIMIT 1) AS r
JOIN profile p ON p.number = r.number
LEFT JOIN LATERAL (SELECT * FROM sealed_person WHERE sealed_person.id = p.person_id LIMIT 1) AS v ON true
"""
NEW_ZONES = "INSERT INTO zone (name) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING"
NUMBERS = """
WITH sequence AS MATERIALIZED (SELECT pg_get_serial_sequence('profile', 'number')::regclass AS of_profiles)
SELECT nextval(of_profiles)::integer AS number, now() FROM sequence, generate_series(1, $1)
"""

# ── notes ──

NOTES = """
SELECT id AS note_id, sealed, author_kind, author, written_at FROM person_note WHERE person_id = $1
ORDER BY written_at DESC, id DESC
"""
COUNT_NOTES = "SELECT count(*) FROM person_note WHERE person_id = $1"
ADD_NOTE = """
INSERT INTO person_note (id, organizer_id, person_id, sealed, author_kind, author) VALUES ($1, $2, $3, $4, $5, $6)
"""
REMOVE_NOTE = "DELETE FROM person_note WHERE id = $1 AND person_id = $2 AND organizer_id = $3 RETURNING true"
KNOWN_NOTES = """
SELECT n.id AS note_id, n.person_id, n.organizer_id, n.sealed AS note, n.author_kind, n.author, n.written_at,
       v.ring_key, v.data_key, v.sealed
FROM person_note n JOIN sealed_person v ON v.id = n.person_id
WHERE n.person_id = ANY ($1::text[]) AND ($2::text IS NULL OR n.organizer_id = $2)
ORDER BY n.person_id, n.written_at LIMIT $3
"""
SOME_NOTES = """
SELECT n.id AS note_id, n.person_id, n.sealed AS note, v.ring_key, v.data_key, v.sealed
FROM person_note n LEFT JOIN sealed_person v ON v.id = n.person_id WHERE n.id > $1 ORDER BY n.id LIMIT $2
"""

# ── what is known of somebody ──

# Profiles of some people ($1), and of buyers ($2), who may have said no name.
OF_PEOPLE = """
SELECT number, person_id, email, phone, email_mark, phone_mark, email_vouched_by, phone_vouched_by FROM profile
WHERE person_id = ANY ($1::text[]) OR buyer_id = ANY ($2::text[]) ORDER BY number
"""
KNOWN_PROFILES = """
SELECT p.locale, z.name AS zone, p.consent AND p.reference IS NULL AS offers_of_anybody, p.channels,
       p.email_vouched_by, p.phone_vouched_by, p.latitude, p.longitude, p.accuracy_m, p.located_at, p.first_seen_at,
       p.orders_count AS paid_orders, p.last_order_at
FROM profile p JOIN zone z ON z.number = p.zone WHERE p.number = ANY ($1::integer[]) ORDER BY p.number LIMIT $2
"""
KNOWN_RELATIONS = """
SELECT organizer_id AS organizer, reference, coalesce(basis, CASE WHEN consent THEN 'consent' END) AS basis, consent,
       consent_wording, consent_source, CASE WHEN consent_source = 'import' THEN consent_origin END AS consent_origin,
       consent_at, since, orders_count AS paid_orders, last_order_at
FROM relation WHERE number = ANY ($1::integer[]) AND ($2::text IS NULL OR organizer_id = $2)
ORDER BY organizer_id, number LIMIT $3
"""
KNOWN_PREFERENCES = """
SELECT organizer_id AS organizer, channel, off AS not_wanted, quiet_since, quiet_until, zone, changed_at
FROM preference WHERE address_mark = ANY ($1::bytea[]) AND ($2::text IS NULL OR organizer_id = $2)
ORDER BY organizer_id, channel LIMIT $3
"""
KNOWN_SILENCE = """
SELECT organizer_id AS organizer, channel, reason, created_at AS since FROM suppression
WHERE address_mark = ANY ($1::bytea[]) AND ($2::text IS NULL OR organizer_id = $2) ORDER BY created_at LIMIT $3
"""
KNOWN_BROWSERS = """
SELECT split_part(endpoint, '/', 3) AS service, created_at AS since FROM push_subscription
WHERE number = ANY ($1::integer[]) ORDER BY created_at LIMIT $2
"""

# ── forgetting ──

REFERRED_TO = "SELECT DISTINCT person_id FROM profile WHERE person_id = ANY ($1::text[])"

# Whom an organizer imported, or everybody's ($2): relations and subscriptions go with them.
FORGET_PROFILES = """
DELETE FROM profile WHERE number IN (
    SELECT number FROM profile WHERE number = ANY ($1::integer[]) AND ($2::text IS NULL OR EXISTS (
        SELECT FROM relation r WHERE r.number = profile.number AND r.organizer_id = $2 AND r.reference IS NOT NULL))
    ORDER BY number FOR UPDATE)
"""
# What an organizer knew of somebody who goes on being known to others.
FORGET_RELATIONS = "DELETE FROM relation WHERE number = ANY ($1::integer[]) AND organizer_id = $2"
FORGET_RELATIONS_OF_BUYERS = """
DELETE FROM relation r USING profile p
WHERE p.buyer_id = ANY ($1::text[]) AND r.number = p.number AND r.organizer_id = $2
"""

# ── names and addresses from before the vault ──

READ_PLAIN = """
SELECT p.number, r.organizer_id, CASE WHEN r.organizer_id IS NULL THEN p.buyer_id END AS buyer_id, p.name, p.email,
       p.phone
FROM profile p LEFT JOIN relation r ON r.number = p.number AND r.reference IS NOT NULL
WHERE p.person_id IS NULL AND (p.name <> '' OR p.email IS NOT NULL OR p.phone IS NOT NULL)
LIMIT $1 FOR UPDATE OF p SKIP LOCKED
"""
TO_VAULT = """
UPDATE profile SET person_id = m.person_id, email_mark = CASE WHEN profile.email IS NOT NULL THEN m.email_mark END,
    phone_mark = CASE WHEN profile.phone IS NOT NULL THEN m.phone_mark END, name = '', email = NULL, phone = NULL
FROM unnest($1::integer[], $2::text[], $3::bytea[], $4::bytea[]) AS m (number, person_id, email_mark, phone_mark)
WHERE profile.number = m.number
"""
PLAIN = """
SELECT count(*) FROM profile WHERE person_id IS NULL AND (name <> '' OR email IS NOT NULL OR phone IS NOT NULL)
"""
READ_PLAIN_SUPPRESSED = """
SELECT channel, address FROM suppression WHERE address IS NOT NULL LIMIT $1 FOR UPDATE SKIP LOCKED
"""
IS_PLAIN_SUPPRESSED = "SELECT EXISTS (SELECT FROM suppression WHERE address IS NOT NULL)"
# Addresses of one inbox have one mark.
SUPPRESS_MARKS = """
WITH gone AS (
    DELETE FROM suppression s USING unnest($1::text[], $2::text[], $3::bytea[]) AS m (channel, address, mark)
    WHERE s.channel = m.channel AND s.address = m.address
    RETURNING s.channel, m.mark, s.organizer_id, s.reason, s.created_at
)
INSERT INTO suppression (channel, address_mark, organizer_id, reason, created_at)
SELECT channel, mark, organizer_id, reason, created_at FROM gone ON CONFLICT DO NOTHING
"""
