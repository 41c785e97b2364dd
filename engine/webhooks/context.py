"""How webhooks describe themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.context import Context, Floor, OldRows
from engine.limits import WEBHOOK_KEPT_DAYS, WEBHOOKS_AT_ONCE_MAX
from engine.progress import Bound
from engine.webhooks.sql import DUE, FORGET
from engine.workers import Job

if TYPE_CHECKING:
    from engine.engine import Engine

SEND_EVERY_S = 0.25
RESEAL_EVERY_S = 60.0
OLD_ROWS = (
    OldRows("webhook delivery", FORGET, WEBHOOK_KEPT_DAYS, "it was due", "it can be looked at and replayed", DUE),
)


def jobs(engine: Engine) -> list[Job]:
    sender, bound = engine.webhooks.sender, Bound(seconds=10, items=WEBHOOKS_AT_ONCE_MAX)
    return [
        engine.webhooks.consumer.job(engine.db),
        Job("webhooks send", sender.step, SEND_EVERY_S, bound, due_s=sender.due_s),
        Job("webhooks seal anew", engine.webhooks.resealing.step, RESEAL_EVERY_S, Bound(seconds=60)),
    ]


CONTEXT = Context(
    name="webhooks",
    floor=Floor.TELL,
    owns="addresses of organizers that are told of topics; deliveries and their tries",
    source="Postgres",
    tables=("webhook", "webhook_delivery", "webhook_try"),
    jobs=jobs,
    old_rows=OLD_ROWS,
)
