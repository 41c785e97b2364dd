"""Statements of second factors, and of logins at outside providers."""

# ── passkeys ──

PASSKEYS = """
SELECT id, label, credential_id, transports, backed_up, created_at, last_used_at FROM passkey
WHERE account_id = $1 ORDER BY created_at, id
"""
INSERT_PASSKEY = """
INSERT INTO passkey (id, account_id, credential_id, public_key, sign_count, label, transports, backed_up)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (credential_id) DO NOTHING RETURNING true
"""
BY_CREDENTIAL = """
SELECT p.id, p.account_id, p.public_key, p.sign_count FROM passkey p
JOIN account a ON a.id = p.account_id AND a.closed_at IS NULL WHERE p.credential_id = $1
"""
# A count of 0 is what authenticators show that don't count; of two uses at once the later one finds a higher count.
USE_PASSKEY = """
UPDATE passkey SET sign_count = $2, backed_up = $3, last_used_at = now()
WHERE id = $1 AND (sign_count < $2 OR (sign_count = 0 AND $2 = 0)) RETURNING true
"""
LABEL_PASSKEY = "UPDATE passkey SET label = $3 WHERE id = $1 AND account_id = $2 RETURNING true"
REMOVE_PASSKEY = "DELETE FROM passkey WHERE id = $1 AND account_id = $2 RETURNING label"

# ── authenticator apps ──

BEGIN_TOTP = """
INSERT INTO account_totp AS t (account_id, secret) VALUES ($1, $2)
ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret, last_step = 0, created_at = now()
WHERE t.confirmed_at IS NULL RETURNING true
"""
TOTP = "SELECT secret, confirmed_at FROM account_totp WHERE account_id = $1"
CONFIRM_TOTP = """
UPDATE account_totp SET confirmed_at = now(), last_step = $3
WHERE account_id = $1 AND secret = $2 AND confirmed_at IS NULL RETURNING true
"""
SPEND_STEP = """
UPDATE account_totp SET last_step = $2, secret = $3
WHERE account_id = $1 AND confirmed_at IS NOT NULL AND last_step < $2 RETURNING true
"""
REMOVE_TOTP = "DELETE FROM account_totp WHERE account_id = $1 RETURNING confirmed_at"

# ── recovery codes ──

FORGET_CODES = "DELETE FROM recovery_code WHERE account_id = $1"
INSERT_CODES = "INSERT INTO recovery_code (account_id, code_sha256) SELECT $1, unnest($2::bytea[])"
SPEND_CODE = """
UPDATE recovery_code SET used_at = now() WHERE account_id = $1 AND code_sha256 = $2 AND used_at IS NULL RETURNING true
"""

# ── all of them ──

LOCK_ACCOUNT = "SELECT id FROM account WHERE id = $1 AND closed_at IS NULL FOR UPDATE"
HELD = """
SELECT (SELECT confirmed_at FROM account_totp WHERE account_id = $1) AS totp_at,
       (SELECT count(*) FROM recovery_code WHERE account_id = $1 AND used_at IS NULL) AS recovery_left,
       (SELECT count(*) FROM passkey WHERE account_id = $1) AS passkeys
"""
FORGET_PASSKEYS = "DELETE FROM passkey WHERE account_id = $1"
FORGET_TOTP = "DELETE FROM account_totp WHERE account_id = $1"

# ── ceremonies ──

SPEND_CEREMONY = """
INSERT INTO ceremony_spent (digest, until_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING RETURNING true
"""
FORGET_CEREMONIES = """
DELETE FROM ceremony_spent WHERE digest IN
    (SELECT digest FROM ceremony_spent WHERE until_at < now() - make_interval(days => $1) LIMIT $2)
"""
DUE_CEREMONIES = """
SELECT count(*) FROM (
    SELECT FROM ceremony_spent
    WHERE until_at < now() - make_interval(days => $1) LIMIT $2) AS due
"""

# ── sessions that show a second factor ──

LOCK_HALF = """
SELECT id FROM session WHERE id = $1 AND state = 'half' AND ended_at IS NULL AND until_at > now() FOR UPDATE
"""
STEP_UP = """
UPDATE session SET stepped_up_at = now(), second_factor = second_factor OR $2
WHERE id = $1 AND state = 'in' AND ended_at IS NULL AND until_at > now() RETURNING stepped_up_at
"""
WITHOUT_FACTOR = "UPDATE session SET second_factor = false WHERE account_id = $1 AND second_factor"

# ── outside providers ──

IDENTITY = """
SELECT i.account_id FROM outside_identity i JOIN account a ON a.id = i.account_id AND a.closed_at IS NULL
WHERE i.issuer = $1 AND i.subject = $2
"""
USE_IDENTITY = "UPDATE outside_identity SET last_used_at = now() WHERE issuer = $1 AND subject = $2"
LINK_IDENTITY = """
INSERT INTO outside_identity (issuer, subject, account_id, last_used_at) VALUES ($1, $2, $3, now())
ON CONFLICT (issuer, subject) DO NOTHING RETURNING true
"""
IDENTITIES = "SELECT issuer, linked_at, last_used_at FROM outside_identity WHERE account_id = $1 ORDER BY linked_at"
UNLINK_IDENTITY = "DELETE FROM outside_identity WHERE account_id = $1 AND issuer = $2 RETURNING issuer"
FORGET_IDENTITIES = "DELETE FROM outside_identity WHERE account_id = $1"
