"""Statements about members, invitations, guest links, policies and approvals."""

# Whoever changes who may do what for an organizer does so one after the other.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('members of ' || $1, 0))"

# ── members ──

MEMBERS = """
SELECT m.account_id, a.email, a.name, m.joined_at,
       (SELECT max(s.seen_at) FROM session s WHERE s.account_id = m.account_id) AS seen_at
FROM member m JOIN account a ON a.id = m.account_id AND a.closed_at IS NULL
WHERE m.organizer_id = $1 AND m.left_at IS NULL ORDER BY m.joined_at, m.account_id
"""
IS_MEMBER = "SELECT EXISTS (SELECT FROM member WHERE organizer_id = $1 AND account_id = $2 AND left_at IS NULL)"
LIVE_GRANTS = """
SELECT id, account_id, role, events, venues, until_at FROM role_grant
WHERE organizer_id = $1 AND ($2::text IS NULL OR account_id = $2) AND revoked_at IS NULL
  AND (until_at IS NULL OR until_at > now()) ORDER BY account_id, id
"""
REVOKE_GRANTS = "UPDATE role_grant SET revoked_at = now() WHERE id = ANY ($1::text[]) AND revoked_at IS NULL"
OWNERS = """
SELECT count(DISTINCT g.account_id) FROM role_grant g
JOIN member m ON m.organizer_id = g.organizer_id AND m.account_id = g.account_id AND m.left_at IS NULL
WHERE g.organizer_id = $1 AND g.role = 'owner' AND g.revoked_at IS NULL
"""
LEAVE = "UPDATE member SET left_at = now() WHERE organizer_id = $1 AND account_id = $2 AND left_at IS NULL"
END_ASKED_BY = """
UPDATE approval SET state = 'void' WHERE organizer_id = $1 AND asked_by = $2 AND state = 'open'
"""
REVOKE_INVITED_BY = """
UPDATE invitation SET revoked_at = now()
WHERE organizer_id = $1 AND invited_by = $2 AND accepted_at IS NULL AND revoked_at IS NULL
"""
REVOKE_LINKS_BY = """
UPDATE guest_link SET revoked_at = now() WHERE organizer_id = $1 AND created_by = $2 AND revoked_at IS NULL
"""

# ── invitations ──

INSERT_INVITATION = """
INSERT INTO invitation (id, organizer_id, email, token_sha256, grants, until_at, invited_kind, invited_by)
VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6), $7, $8) RETURNING until_at
"""
REVOKE_INVITED = """
UPDATE invitation SET revoked_at = now()
WHERE organizer_id = $1 AND email = $2 AND accepted_at IS NULL AND revoked_at IS NULL
"""
OPEN_INVITATIONS = """
SELECT count(*) FROM invitation
WHERE organizer_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND until_at > now()
"""
_INVITATION = """
SELECT i.id, i.organizer_id, o.name AS organizer, i.email, i.grants, i.until_at, i.invited_kind, i.invited_by,
       i.created_at
FROM invitation i JOIN public_organizer o ON o.id = i.organizer_id
"""
_OPEN = " i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.until_at > now()"
INVITATIONS = _INVITATION + "WHERE i.organizer_id = $1 AND" + _OPEN + " ORDER BY i.created_at, i.id"
INVITATION = _INVITATION + "WHERE i.token_sha256 = $1 AND" + _OPEN
TAKE_INVITATION = """
UPDATE invitation SET accepted_at = now(), accepted_by = $2
WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND until_at > now() RETURNING id
"""
REVOKE_INVITATION = """
UPDATE invitation SET revoked_at = now()
WHERE id = $1 AND organizer_id = $2 AND accepted_at IS NULL AND revoked_at IS NULL RETURNING email
"""
FORGET_INVITATIONS = """
DELETE FROM invitation WHERE id IN (
    SELECT id FROM invitation WHERE created_at < now() - make_interval(days => $1) LIMIT $2)
"""
DUE_INVITATIONS = """
SELECT count(*) FROM (
    SELECT FROM invitation
    WHERE created_at < now() - make_interval(days => $1) LIMIT $2) AS due
"""

# ── guest links ──

INSERT_LINK = """
INSERT INTO guest_link (id, organizer_id, token_sha256, label, permission, event_id, until_at, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_LINK = """
SELECT id, organizer_id, label, permission, event_id, until_at, created_by, created_at, revoked_at, last_used_at
FROM guest_link
"""
LINKS = _LINK + "WHERE organizer_id = $1 ORDER BY created_at DESC, id LIMIT 500"
LIVE_LINKS = "SELECT count(*) FROM guest_link WHERE organizer_id = $1 AND revoked_at IS NULL AND until_at > now()"
LINK_BY_TOKEN = _LINK + "WHERE token_sha256 = $1 AND revoked_at IS NULL AND until_at > now()"
LINK_BY_ID = _LINK + "WHERE id = $1 AND revoked_at IS NULL AND until_at > now()"
LINK_USED = """
UPDATE guest_link SET last_used_at = now()
WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
"""
REVOKE_LINK = """
UPDATE guest_link SET revoked_at = now() WHERE id = $1 AND organizer_id = $2 AND revoked_at IS NULL RETURNING id
"""

# ── policies ──

POLICY = """
SELECT second_factor, two_persons, version, complimentary_max, refund_alone_max FROM organizer_policy
WHERE organizer_id = $1
"""
WRITE_POLICY = """
INSERT INTO organizer_policy (organizer_id, second_factor, two_persons, complimentary_max, refund_alone_max)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (organizer_id) DO UPDATE
    SET second_factor = excluded.second_factor, two_persons = excluded.two_persons,
        complimentary_max = excluded.complimentary_max, refund_alone_max = excluded.refund_alone_max,
        version = organizer_policy.version + 1
"""

# ── approvals ──

INSERT_APPROVAL = """
INSERT INTO approval (id, organizer_id, act, route, parts, body, permission, event_id, venue_id, asked_kind, asked_by,
                      until_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now() + make_interval(secs => $12)) RETURNING until_at
"""
_APPROVAL = """
SELECT id, act, route, parts, body, permission, event_id, venue_id, asked_kind, asked_by, asked_at, until_at,
       decided_by, CASE WHEN state = 'open' AND until_at <= now() THEN 'lapsed' ELSE state END AS state
FROM approval
"""
SAME_APPROVAL = """
SELECT id, until_at FROM approval
WHERE organizer_id = $1 AND route = $2 AND parts = $3 AND body = $4 AND asked_by = $5
  AND state = 'open' AND until_at > now()
"""
OPEN_APPROVALS = "SELECT count(*) FROM approval WHERE organizer_id = $1 AND state = 'open' AND until_at > now()"
APPROVALS = _APPROVAL + "WHERE organizer_id = $1 ORDER BY asked_at DESC, id LIMIT 200"
APPROVAL = _APPROVAL + "WHERE organizer_id = $1 AND id = $2"
# What somebody began and did not finish may be begun again: it is harmless when it is done twice.
CLAIM_APPROVAL = """
UPDATE approval SET state = 'running', decided_by = $3, decided_at = now()
WHERE organizer_id = $1 AND id = $2 AND until_at > now() AND asked_by <> $3
  AND (state = 'open' OR state = 'running' AND decided_at < now() - make_interval(secs => $4))
RETURNING id
"""
REJECT_APPROVAL = """
UPDATE approval SET state = 'rejected', decided_by = $3, decided_at = now()
WHERE organizer_id = $1 AND id = $2 AND state = 'open' AND until_at > now() RETURNING id
"""
END_APPROVAL = "UPDATE approval SET state = $3 WHERE organizer_id = $1 AND id = $2 AND state = 'running'"
FORGET_APPROVALS = """
DELETE FROM approval WHERE id IN (
    SELECT id FROM approval WHERE asked_at < now() - make_interval(days => $1) LIMIT $2)
"""
DUE_APPROVALS = """
SELECT count(*) FROM (
    SELECT FROM approval
    WHERE asked_at < now() - make_interval(days => $1) LIMIT $2) AS due
"""
