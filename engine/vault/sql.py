"""The SQL of the vault."""

# Locks people in the order of their marks, so that two batches can't wait for one another.
PUT = "SELECT contact_mark, person_id FROM vault_put($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
READ = "SELECT id, ring_key, data_key, sealed FROM vault_person WHERE id = ANY ($1::text[]) AND erased_at IS NULL"
LOCK = f"{READ} ORDER BY id FOR UPDATE"
OWN = f"{READ} AND organizer_id = $2 AND kept_until IS NULL"
LOCK_OWN = f"{OWN} FOR UPDATE"
# As little as keeps an erasure waiting: whoever buys goes on.
HOLD = """
SELECT id FROM vault_person WHERE id = ANY ($1::text[]) AND erased_at IS NULL ORDER BY id FOR KEY SHARE
"""
# Of one organizer ($1), or of all and those that are nobody's.
FIND_EMAIL = """
SELECT id FROM vault_person WHERE email_mark = $2 AND ($1::text IS NULL OR organizer_id = $1)
ORDER BY created_at, id LIMIT $3
"""
# Whom these organizers imported, by their inboxes.
IMPORTED = """
SELECT id, organizer_id, email_mark FROM vault_person
WHERE email_mark = ANY ($2::bytea[]) AND organizer_id = ANY ($1::text[]) AND buyer_id IS NULL
"""
FIND_PHONE = """
SELECT id FROM vault_person WHERE phone_mark = $2 AND ($1::text IS NULL OR organizer_id = $1)
ORDER BY created_at, id LIMIT $3
"""
FIND_NAME = """
SELECT id FROM vault_person WHERE name_marks @> $2::bigint[] AND ($1::text IS NULL OR organizer_id = $1)
ORDER BY created_at, id LIMIT $3
"""
OF_BUYERS = """
SELECT id FROM vault_person WHERE buyer_id = ANY ($1::text[]) ORDER BY created_at, id
"""
# What somebody corrected is theirs alone from then on: typing the old contact again makes another person.
CORRECT = """
UPDATE vault_person p SET sealed = c.sealed, email_mark = c.email_mark, phone_mark = c.phone_mark,
    name_marks = c.name_marks::bigint[], contact_mark = NULL
FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bytea[], $5::text[])
     AS c (id, sealed, email_mark, phone_mark, name_marks)
WHERE p.id = c.id AND p.erased_at IS NULL RETURNING p.id
"""
ERASE = """
UPDATE vault_person SET ring_key = NULL, data_key = NULL, sealed = NULL, contact_mark = NULL, email_mark = NULL,
    phone_mark = NULL, name_marks = '{}', buyer_id = NULL, erased_at = now()
WHERE id IN (SELECT id FROM vault_person WHERE id = ANY ($1::text[]) AND erased_at IS NULL ORDER BY id FOR UPDATE)
RETURNING id
"""

WHOSE = """
SELECT id, organizer_id, buyer_id, email_mark, phone_mark FROM vault_person
WHERE id = ANY ($1::text[]) AND erased_at IS NULL AND kept_until IS NULL ORDER BY id
"""
KEEP = """
INSERT INTO vault_person (id, organizer_id, ring_key, data_key, sealed, kept_of, kept_until)
SELECT k.id, p.organizer_id, k.ring_key, k.data_key, k.sealed, p.id, k.until_at
FROM unnest($1::text[], $2::text[], $3::smallint[], $4::bytea[], $5::bytea[], $6::timestamptz[])
     AS k (id, of, ring_key, data_key, sealed, until_at)
JOIN vault_person p ON p.id = k.of
"""
KEPT = """
SELECT id, organizer_id, kept_of, kept_until, ring_key, data_key, sealed FROM vault_person
WHERE kept_of = ANY ($1::text[]) ORDER BY kept_of
"""
# By the index of those that are kept, which are few beside all others.
FORGET_KEPT = """
DELETE FROM vault_person WHERE id IN (
    SELECT id FROM vault_person WHERE kept_of IS NOT NULL AND kept_until < now() - make_interval(days => $1) LIMIT $2)
"""
DUE_KEPT = """
SELECT count(*) FROM (
    SELECT FROM vault_person
    WHERE kept_of IS NOT NULL AND kept_until < now() - make_interval(days => $1) LIMIT $2) AS due
"""

# ── whom nothing refers to any more ──

LET_GO = """
SELECT number, person_id FROM vault_let_go WHERE at < now() - make_interval(days => $1)
ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED
"""
# Whoever is being written to just now is about to be referred to: they are left for the next time, and nobody waits.
LOCK_LET_GO = """
SELECT id, buyer_id FROM vault_person WHERE id = ANY ($1::text[]) AND erased_at IS NULL AND kept_until IS NULL
ORDER BY id FOR UPDATE SKIP LOCKED
"""
# Who is neither gone nor erased: whoever of these could not be locked is looked at again.
STILL_THERE = """
SELECT p.id FROM unnest($1::text[]) AS p (id)
WHERE EXISTS (SELECT FROM vault_person v WHERE v.id = p.id AND v.erased_at IS NULL AND v.kept_until IS NULL)
"""
# Whoever read them there may still be about to refer to them.
LATELY_LET_GO = """
SELECT DISTINCT person_id FROM vault_let_go
WHERE person_id = ANY ($1::text[]) AND at >= now() - make_interval(days => $2)
"""
REMOVE = "DELETE FROM vault_person WHERE id = ANY ($1::text[]) AND erased_at IS NULL AND kept_until IS NULL"
SEEN = "DELETE FROM vault_let_go WHERE number = ANY ($1::bigint[])"
IS_LET_GO_DUE = "SELECT EXISTS (SELECT FROM vault_let_go WHERE at < now() - make_interval(days => $1))"
DUE_LET_GO = """
SELECT count(*) FROM (SELECT FROM vault_let_go WHERE at < now() - make_interval(days => $1) LIMIT $2) AS due
"""
# People in the order of their ids, after $1, who have been there for a while.
LOOKED_OVER = """
SELECT id, buyer_id FROM vault_person
WHERE id > $1 AND erased_at IS NULL AND kept_until IS NULL AND created_at < now() - make_interval(days => $2)
ORDER BY id LIMIT $3
"""
NOTE_LET_GO = """
INSERT INTO vault_let_go (person_id)
SELECT p.id FROM unnest($1::text[]) AS p (id) WHERE NOT EXISTS (SELECT FROM vault_let_go g WHERE g.person_id = p.id)
"""

# ── data keys ──

# Those of other keys than the one that wraps now. Whoever is being written to just now is left for the next time.
WRAPPED_BEFORE = """
SELECT id, ring_key, data_key, sealed FROM vault_person WHERE ring_key < $1 AND NOT id = ANY ($2::text[])
LIMIT $3 FOR UPDATE SKIP LOCKED
"""
REWRAP = """
UPDATE vault_person p SET ring_key = $1, data_key = w.data_key
FROM unnest($2::text[], $3::bytea[]) AS w (id, data_key) WHERE p.id = w.id AND p.erased_at IS NULL
"""
COUNT_WRAPPED_BEFORE = "SELECT count(*) FROM vault_person WHERE ring_key < $1"
COUNT_BY_KEY = "SELECT ring_key, count(*) AS people FROM vault_person WHERE ring_key IS NOT NULL GROUP BY 1 ORDER BY 1"

# ── looking after it ──

SOME = """
SELECT id, ring_key, data_key, sealed, email_mark, phone_mark, name_marks FROM vault_person
WHERE id > $1 AND erased_at IS NULL AND kept_until IS NULL ORDER BY id LIMIT $2
"""
