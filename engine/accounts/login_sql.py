"""Every statement about logging in: passwords, proofs in letters, sessions, buyers of accounts."""

# ── accounts ──

OPEN_BY_EMAIL = "SELECT id, email, name, locale, password_hash FROM account WHERE email = $1 AND closed_at IS NULL"
OPEN_ACCOUNT = "SELECT id, email, name, locale, password_hash FROM account WHERE id = $1 AND closed_at IS NULL"
LOCK = OPEN_ACCOUNT + " FOR UPDATE"
SET_HASH = "UPDATE account SET password_hash = $2 WHERE id = $1 AND closed_at IS NULL RETURNING id"
HASHED_ANEW = "UPDATE account SET password_hash = $3 WHERE id = $1 AND password_hash = $2"
SET_NAMES = "UPDATE account SET name = $2, locale = $3 WHERE id = $1 AND closed_at IS NULL RETURNING id"
SET_EMAIL = "UPDATE account SET email = $2 WHERE id = $1 AND closed_at IS NULL"
SET_OPERATOR = "UPDATE account SET operator = $2 WHERE id = $1"
CLOSE = """
UPDATE account SET closed_at = now(), email = '', name = '', password_hash = NULL, operator = false
WHERE id = $1 AND closed_at IS NULL
"""
# Whoever gives up the last owner is judged after whoever did so at the same moment.
OWNED = """
SELECT DISTINCT organizer_id FROM role_grant
WHERE account_id = $1 AND role = 'owner' AND revoked_at IS NULL ORDER BY organizer_id
"""
OTHER_OWNERS = """
SELECT count(*) FROM role_grant g
JOIN member m ON m.organizer_id = g.organizer_id AND m.account_id = g.account_id AND m.left_at IS NULL
WHERE g.organizer_id = $1 AND g.account_id <> $2 AND g.role = 'owner' AND g.revoked_at IS NULL
"""
REVOKE_ALL = "UPDATE role_grant SET revoked_at = now() WHERE account_id = $1 AND revoked_at IS NULL"
LEAVE_ALL = "UPDATE member SET left_at = now() WHERE account_id = $1 AND left_at IS NULL RETURNING organizer_id"

# ── proofs ──

INSERT_PROOF = """
INSERT INTO account_proof (id, purpose, token_sha256, email, account_id, name, locale, organizer, password_hash,
                           browser_sha256, until_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now() + make_interval(secs => $11)) RETURNING until_at
"""
FIND_PROOF = """
SELECT id, email, account_id, name, locale, organizer, password_hash, browser_sha256 FROM account_proof
WHERE purpose = $1 AND token_sha256 = $2 AND used_at IS NULL AND until_at > now()
"""
LOCK_PROOF = FIND_PROOF + " FOR UPDATE"
USE_PROOF = "UPDATE account_proof SET used_at = now(), password_hash = NULL WHERE id = $1"
VOID_PROOFS = """
UPDATE account_proof SET used_at = now(), password_hash = NULL
WHERE account_id = $1 AND used_at IS NULL
"""
LETTERS_TODAY = """
SELECT count(*) FROM account_proof WHERE email = $1 AND created_at > now() - interval '1 day'
"""
FORGET_PROOFS = """
DELETE FROM account_proof WHERE id IN (
    SELECT id FROM account_proof WHERE created_at < now() - make_interval(days => $1) LIMIT $2)
"""
DUE_PROOFS = """
SELECT count(*) FROM (
    SELECT FROM account_proof
    WHERE created_at < now() - make_interval(days => $1) LIMIT $2) AS due
"""

# ── sessions ──

END = "UPDATE session SET ended_at = now() WHERE id = $1 AND ended_at IS NULL"
END_ALL = "UPDATE session SET ended_at = now() WHERE account_id = $1 AND ended_at IS NULL AND id <> $2 RETURNING id"
END_OLDEST = """
UPDATE session SET ended_at = now() WHERE id IN (
    SELECT id FROM session WHERE account_id = $1 AND ended_at IS NULL ORDER BY created_at DESC, id OFFSET $2)
"""
# A session that was begun as a buyer's is bounded like a member's from when its account becomes one.
RENEW = """
UPDATE session SET renew = true, idle_s = least(idle_s, $2),
    until_at = least(until_at, created_at + make_interval(secs => $3))
WHERE account_id = $1 AND ended_at IS NULL
"""
# Of two requests that bring the old token, one renews.
RENEWED = """
UPDATE session SET renew = false, renewed_at = now(), before_sha256 = token_sha256, token_sha256 = $3
WHERE id = $1 AND token_sha256 = $2 AND renew AND ended_at IS NULL RETURNING account_id, state, until_at
"""
IS_MEMBER = "SELECT EXISTS (SELECT FROM member WHERE account_id = $1 AND left_at IS NULL)"
SEEN_BEFORE = """
SELECT count(*) > 0 AS any,
       coalesce(bool_or(device = $2 AND network IS NOT DISTINCT FROM $3::text::cidr), false) AS same
FROM session WHERE account_id = $1 AND state = 'in'
"""
FORGET_SESSIONS = """
DELETE FROM session WHERE id IN (
    SELECT id FROM session WHERE until_at < now() - make_interval(days => $1) LIMIT $2)
"""
DUE_SESSIONS = """
SELECT count(*) FROM (
    SELECT FROM session
    WHERE until_at < now() - make_interval(days => $1) LIMIT $2) AS due
"""

# ── buyers ──

LINK = """
INSERT INTO account_buyer (buyer_id, account_id, how)
SELECT buyer, $1, $3 FROM unnest($2::text[]) AS buyer
WHERE (SELECT count(*) FROM account_buyer WHERE account_id = $1) < $4
ON CONFLICT (buyer_id) DO NOTHING RETURNING buyer_id
"""
WHOSE = "SELECT account_id FROM account_buyer WHERE buyer_id = $1"
# Accounts that are open, by some of their buyers, with all of them.
ACCOUNTS_OF = """
SELECT asked.buyer_id, a.id, a.email, ARRAY(SELECT b.buyer_id FROM account_buyer b WHERE b.account_id = a.id) AS buyers
FROM account_buyer asked JOIN account a ON a.id = asked.account_id
WHERE asked.buyer_id = ANY ($1::text[]) AND a.closed_at IS NULL
"""
UNLINK = "DELETE FROM account_buyer WHERE account_id = $1 AND buyer_id = $2 RETURNING buyer_id"
UNLINK_ALL = "DELETE FROM account_buyer WHERE account_id = $1"
BUYERS = "SELECT buyer_id, how, linked_at FROM account_buyer WHERE account_id = $1 ORDER BY linked_at, buyer_id"

# ── what must hold ──

WITHOUT_OWNER = """
SELECT m.organizer_id FROM member m WHERE m.left_at IS NULL AND NOT EXISTS (
    SELECT FROM role_grant g JOIN member o ON o.organizer_id = g.organizer_id AND o.account_id = g.account_id
    WHERE g.organizer_id = m.organizer_id AND g.role = 'owner' AND g.revoked_at IS NULL AND o.left_at IS NULL)
GROUP BY m.organizer_id ORDER BY m.organizer_id
"""
OPEN_AND_CLOSED = """
SELECT s.id FROM session s JOIN account a ON a.id = s.account_id WHERE a.closed_at IS NOT NULL AND s.ended_at IS NULL
ORDER BY s.id
"""
GRANT_OF_NOBODY = """
SELECT g.id FROM role_grant g JOIN member m ON m.organizer_id = g.organizer_id AND m.account_id = g.account_id
WHERE g.revoked_at IS NULL AND m.left_at IS NOT NULL ORDER BY g.id
"""
