"""Every statement of accounts."""

# ── accounts ──

INSERT_ACCOUNT = """
INSERT INTO account (id, email, name, locale, password_hash) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (email) WHERE closed_at IS NULL DO NOTHING RETURNING id
"""
_ACCOUNT = "SELECT id, email, name, locale, password_hash, operator, created_at, closed_at FROM account"
ACCOUNT = _ACCOUNT + " WHERE id = $1"
LIST_ACCOUNTS = (
    _ACCOUNT + " WHERE closed_at IS NULL AND ($1 = '' OR strpos(email, $1) > 0) ORDER BY created_at, id LIMIT $2"
)
BY_EMAIL = _ACCOUNT + " WHERE email = $1 AND closed_at IS NULL"

# ── sessions ──

INSERT_SESSION = """
INSERT INTO session (id, token_sha256, account_id, state, idle_s, until_at, stepped_up_at, device, network, place,
                     second_factor)
VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6), CASE WHEN $7 THEN now() END, $8, $9::text::cidr, $10,
        $11)
RETURNING until_at
"""
_SESSION = """
SELECT s.id, s.account_id, s.state, s.created_at, s.seen_at, s.until_at, s.stepped_up_at, s.device,
       s.network::text AS network, s.place, s.second_factor, s.renew, s.seen_at < now() - interval '1 minute' AS stale
FROM session s JOIN account a ON a.id = s.account_id AND a.closed_at IS NULL
WHERE s.ended_at IS NULL AND s.until_at > now() AND s.seen_at + make_interval(secs => s.idle_s) > now()
"""
FIND_SESSION = (
    _SESSION
    + """
AND (s.token_sha256 = $1 OR (s.before_sha256 = $1 AND s.renewed_at > now() - make_interval(secs => $2)))
"""
)
SESSION_BY_ID = _SESSION + "AND s.id = $1"
LIST_SESSIONS = _SESSION + "AND s.account_id = $1 ORDER BY s.seen_at DESC, s.id"
SEEN = "UPDATE session SET seen_at = now() WHERE id = $1 AND ended_at IS NULL"
END_SESSION = "UPDATE session SET ended_at = now() WHERE id = $1 AND account_id = $2 AND ended_at IS NULL RETURNING id"

# ── members and what they may do ──

INSERT_MEMBER = """
INSERT INTO member (organizer_id, account_id) VALUES ($1, $2)
ON CONFLICT (organizer_id, account_id) DO UPDATE SET left_at = NULL,
    joined_at = CASE WHEN member.left_at IS NULL THEN member.joined_at ELSE now() END
"""
INSERT_GRANT = """
INSERT INTO role_grant (id, organizer_id, account_id, role, events, venues, until_at, granted_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
GRANTS = """
SELECT g.id, g.role, g.events, g.venues, g.until_at FROM role_grant g
JOIN member m ON m.organizer_id = g.organizer_id AND m.account_id = g.account_id AND m.left_at IS NULL
WHERE g.organizer_id = $1 AND g.account_id = $2 AND g.revoked_at IS NULL AND (g.until_at IS NULL OR g.until_at > now())
ORDER BY g.id
"""
# Those rows stay as they are until the transaction ends.
HOLD_GRANTS = """
SELECT g.id, g.role, g.events, g.venues, g.until_at FROM role_grant g
JOIN member m ON m.organizer_id = g.organizer_id AND m.account_id = g.account_id AND m.left_at IS NULL
JOIN account a ON a.id = g.account_id AND a.closed_at IS NULL
WHERE g.organizer_id = $1 AND g.account_id = $2 AND g.revoked_at IS NULL AND (g.until_at IS NULL OR g.until_at > now())
ORDER BY g.id FOR SHARE
"""
NAMES = """
SELECT a.id, CASE WHEN a.name <> '' THEN a.name ELSE a.email END AS name
FROM member m JOIN account a ON a.id = m.account_id
WHERE m.organizer_id = $1 AND m.account_id = ANY ($2::text[])
"""
MEMBERSHIPS = """
SELECT m.organizer_id, o.name, m.joined_at FROM member m JOIN public_organizer o ON o.id = m.organizer_id
WHERE m.account_id = $1 AND m.left_at IS NULL ORDER BY o.name, m.organizer_id
"""
ASKS_FOR_FACTOR = "SELECT second_factor FROM organizer_policy WHERE organizer_id = $1"

# ── forgetting: each takes the accounts ──

FORGET_ACCOUNTS = (
    "DELETE FROM account_proof WHERE email IN (SELECT email FROM account WHERE id = ANY ($1::text[]))",
    "DELETE FROM account_proof WHERE account_id = ANY ($1::text[])",
    """
    DELETE FROM invitation
    WHERE email IN (SELECT email FROM account WHERE id = ANY ($1::text[])) AND accepted_by IS NULL
    """,
    "UPDATE invitation SET email = '' WHERE accepted_by = ANY ($1::text[])",
    "DELETE FROM passkey WHERE account_id = ANY ($1::text[])",
    "DELETE FROM account_totp WHERE account_id = ANY ($1::text[])",
    "DELETE FROM recovery_code WHERE account_id = ANY ($1::text[])",
    "DELETE FROM outside_identity WHERE account_id = ANY ($1::text[])",
    "DELETE FROM account_buyer WHERE account_id = ANY ($1::text[])",
    """
    UPDATE session SET ended_at = coalesce(ended_at, now()), device = '', place = '', network = NULL
    WHERE account_id = ANY ($1::text[])
    """,
    """
    UPDATE account SET email = '', name = '', password_hash = NULL, closed_at = coalesce(closed_at, now())
    WHERE id = ANY ($1::text[])
    """,
)

# ── what is known of somebody ──

KNOWN_ACCOUNTS = """
SELECT a.id AS account, a.email, a.name, a.locale, a.created_at, a.password_hash IS NOT NULL AS has_password,
       (SELECT count(*) FROM account_buyer b WHERE b.account_id = a.id) AS linked_browsers,
       (SELECT count(*) FROM passkey p WHERE p.account_id = a.id) AS passkeys,
       EXISTS (SELECT FROM account_totp t WHERE t.account_id = a.id) AS authenticator_app,
       (SELECT coalesce(array_agg(o.issuer ORDER BY o.issuer), '{}') FROM outside_identity o WHERE o.account_id = a.id)
           AS providers,
       (SELECT coalesce(array_agg(m.organizer_id ORDER BY m.organizer_id), '{}') FROM member m
        WHERE m.account_id = a.id AND m.left_at IS NULL) AS member_of
FROM account a WHERE a.id = ANY ($1::text[]) AND a.closed_at IS NULL LIMIT $2
"""
KNOWN_SESSIONS = """
SELECT device, network::text AS network, place, created_at AS since, seen_at, ended_at FROM session
WHERE account_id = ANY ($1::text[]) ORDER BY created_at LIMIT $2
"""
ACCOUNTS_OF_BUYERS = "SELECT DISTINCT account_id FROM account_buyer WHERE buyer_id = ANY ($1::text[])"
# Who asked for an account and has none yet, or was asked to join: addresses.
FORGET_ADDRESSES = (
    "DELETE FROM account_proof WHERE email = ANY ($1::text[]) AND account_id IS NULL",
    "DELETE FROM invitation WHERE email = ANY ($1::text[]) AND accepted_by IS NULL",
)
