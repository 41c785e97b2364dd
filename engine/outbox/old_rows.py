"""What of the outbox is kept for a while only: that something was told. The rows themselves go by the day."""

from __future__ import annotations

from engine.limits import OUTBOX_ONCE_KEPT_DAYS
from engine.outbox.sql import FORGET_ONCE
from engine.stores.old_rows import OldRows

OLD_ROWS = (OldRows("told once", FORGET_ONCE, OUTBOX_ONCE_KEPT_DAYS),)
