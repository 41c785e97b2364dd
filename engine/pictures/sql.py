"""Every statement of pictures."""

from __future__ import annotations

WANT = "INSERT INTO picture (organizer_id, url) VALUES ($1, $2) ON CONFLICT (organizer_id, url) DO NOTHING"

TAKE_DUE = """
WITH chosen AS (
    SELECT organizer_id, url FROM picture WHERE state = 'due' AND due_at <= now()
    ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
UPDATE picture p SET tries = tries + 1, due_at = now() + make_interval(secs => $2)
FROM chosen c WHERE p.organizer_id = c.organizer_id AND p.url = c.url
RETURNING p.organizer_id, p.url, p.tries
"""

DUE_S = "SELECT extract(epoch FROM min(due_at) - now())::float8 FROM picture WHERE state = 'due'"

# Not by one whose lease ended meanwhile: another has tried since.
NOTE_KEPT = """
UPDATE picture SET state = 'kept', fault = '', mark = $4, width = $5, height = $6, widths = $7
WHERE organizer_id = $1 AND url = $2 AND tries = $3 AND state = 'due'
"""

NOTE_LATER = """
UPDATE picture SET fault = $4, due_at = now() + make_interval(secs => $5)
WHERE organizer_id = $1 AND url = $2 AND tries = $3 AND state = 'due'
"""

NOTE_FAILED = """
UPDATE picture SET state = 'failed', fault = $4
WHERE organizer_id = $1 AND url = $2 AND tries = $3 AND state = 'due'
"""

LIST = """
SELECT url, state, tries, fault, due_at, mark, width, height, widths FROM picture WHERE organizer_id = $1
ORDER BY created_at DESC, url LIMIT $2
"""

FETCH_AGAIN = """
UPDATE picture SET state = 'due', tries = 0, due_at = now() WHERE organizer_id = $1 AND url = $2 AND state <> 'kept'
RETURNING url
"""

TAKE_DOWN = """
UPDATE picture SET state = 'failed', fault = $3, mark = NULL, width = NULL, height = NULL, widths = '{}'
FROM (SELECT mark, widths FROM picture WHERE organizer_id = $1 AND url = $2 FOR UPDATE) AS was
WHERE organizer_id = $1 AND url = $2 RETURNING was.mark, was.widths
"""

IS_SHOWN = "SELECT true FROM picture WHERE mark = $1 LIMIT 1"

PUT_FILE = "INSERT INTO picture_file (name, body) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING"

GET_FILE = "SELECT body FROM picture_file WHERE name = $1"

DELETE_FILE = "DELETE FROM picture_file WHERE name = $1"
