"""Which rows of promos are kept for a while only: notices of days long past, and how they were delivered."""

from __future__ import annotations

from engine.limits import NOTICE_BATCH_KEPT_DAYS, NOTICE_INBOX_KEPT_DAYS, NOTICE_KEPT_DAYS
from engine.stores.old_rows import OldRows

NOTICES = """
DELETE FROM notice WHERE (day, number) IN (
    SELECT day, number FROM notice WHERE day < current_date - $1::integer ORDER BY day, number LIMIT $2)
"""
ATTEMPTS = """
DELETE FROM notice_attempt WHERE (day, number, attempt) IN (
    SELECT day, number, attempt FROM notice_attempt WHERE day < current_date - $1::integer
    ORDER BY day, number, attempt LIMIT $2)
"""
BATCHES = """
DELETE FROM notice_batch WHERE id IN (
    SELECT id FROM notice_batch WHERE done_at < now() - make_interval(days => $1) LIMIT $2)
"""
INBOXES = """
DELETE FROM notice_inbox WHERE (day, channel, inbox_hash) IN (
    SELECT day, channel, inbox_hash FROM notice_inbox WHERE day < current_date - $1::integer
    ORDER BY day, channel, inbox_hash LIMIT $2)
"""
SMS = """
DELETE FROM sms_spent WHERE (organizer_id, day) IN (
    SELECT organizer_id, day FROM sms_spent WHERE day < current_date - $1::integer LIMIT $2)
"""
OLD_ROWS = (
    OldRows("notice", NOTICES, NOTICE_KEPT_DAYS),
    OldRows("notice_attempt", ATTEMPTS, NOTICE_KEPT_DAYS),
    OldRows("notice_inbox", INBOXES, NOTICE_INBOX_KEPT_DAYS),
    OldRows("sms_spent", SMS, NOTICE_BATCH_KEPT_DAYS),
    OldRows("notice_batch", BATCHES, NOTICE_BATCH_KEPT_DAYS),
)
