"""Which rows of contacts are kept for a while only."""

from __future__ import annotations

from engine.contacts.sql import FORGET_ASKED, FORGET_CONFIRMED, FORGET_USED
from engine.limits import PROOF_ASKED_KEPT_DAYS, PROOF_KEPT_DAYS
from engine.stores.old_rows import OldRows

OLD_ROWS = (
    OldRows("unconfirmed proof", FORGET_ASKED, PROOF_ASKED_KEPT_DAYS),
    OldRows("confirmed proof", FORGET_CONFIRMED, PROOF_KEPT_DAYS),
    OldRows("inbox used for a sale", FORGET_USED, PROOF_KEPT_DAYS),
)
