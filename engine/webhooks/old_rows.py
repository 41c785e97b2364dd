"""What of webhooks is kept for a while only: deliveries, sent or not, and their tries."""

from __future__ import annotations

from engine.limits import WEBHOOK_KEPT_DAYS
from engine.stores.old_rows import OldRows
from engine.webhooks.sql import FORGET

OLD_ROWS = (OldRows("webhook delivery", FORGET, WEBHOOK_KEPT_DAYS),)
