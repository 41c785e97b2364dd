"""Every statement about API keys."""

INSERT_ORGANIZER = "INSERT INTO organizer (id, name) VALUES ($1, $2)"
LOCK_ORGANIZER = "SELECT FROM organizer WHERE id = $1 FOR NO KEY UPDATE"
FIRST_ORGANIZER = "SELECT id FROM organizer ORDER BY created_at, id LIMIT 1"

_KEY = """
SELECT id, organizer_id, label, created_at, revoked_at, scopes, events, venues, expires_at,
       networks::text[] AS networks, last_used_at, created_by, rotated_from
FROM api_key
"""
FIND_KEY = _KEY + "WHERE key_sha256 = $1"
SHOW_KEY = _KEY + "WHERE id = $1 AND organizer_id = $2"
LIST_KEYS = _KEY + "WHERE $1::text IS NULL OR organizer_id = $1 ORDER BY created_at, id"
INSERT_KEY = """
INSERT INTO api_key (id, organizer_id, key_sha256, label, scopes, events, venues, expires_at, networks, created_by,
                     rotated_from)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text[]::cidr[], $10, $11)
"""
COUNT_LIVE = """
SELECT count(*) FROM api_key
WHERE organizer_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
"""
LOCK_KEY = (
    _KEY
    + """
WHERE id = $1 AND organizer_id = $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) FOR UPDATE
"""
)
HOLD_KEY = (
    _KEY
    + """
WHERE id = $1 AND organizer_id = $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) FOR SHARE
"""
)
IS_ROTATED = "SELECT EXISTS (SELECT FROM api_key WHERE rotated_from = $1 AND revoked_at IS NULL)"
SHORTEN_KEY = """
UPDATE api_key SET expires_at = least(expires_at, now() + make_interval(secs => $2)) WHERE id = $1 RETURNING expires_at
"""
REVOKE_KEY = """
UPDATE api_key SET revoked_at = now()
WHERE id = $1 AND revoked_at IS NULL AND ($2::text IS NULL OR organizer_id = $2) RETURNING organizer_id, revoked_at
"""
NOTE_USED = """
UPDATE api_key SET last_used_at = now()
WHERE id = ANY ($1::text[]) AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
"""
