"""The SQL of the keyring."""

READ = """
SELECT purpose, id, root, wrapped, created_at, active_at, retired_at, active_at <= now() AS begun FROM ring_key
ORDER BY purpose, id
"""
# Whoever comes first decides; others find the same key, since it follows from the secret.
INSERT_FIRST = """
INSERT INTO ring_key (purpose, id, root, wrapped, active_at)
SELECT k.purpose, 1, $1, k.wrapped, now() FROM unnest($2::text[], $3::bytea[]) AS k (purpose, wrapped)
ORDER BY k.purpose ON CONFLICT DO NOTHING
"""

# Of one purpose, or of all: what changes them goes one after the other.
LOCK = "SELECT FROM ring_key WHERE purpose = $1 OR $1 IS NULL ORDER BY purpose, id FOR UPDATE"
ANNOUNCE = """
INSERT INTO ring_key (purpose, id, root, wrapped, active_at) VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
RETURNING active_at
"""
RETIRE = "UPDATE ring_key SET wrapped = NULL, retired_at = now() WHERE purpose = $1 AND id = $2"
REWRAP = "UPDATE ring_key SET root = $3, wrapped = $4 WHERE purpose = $1 AND id = $2"
NOW = "SELECT now()"
