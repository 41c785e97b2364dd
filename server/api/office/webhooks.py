"""Webhooks for organizers: made, looked at, steered and tried with an API key."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from engine.access import Permission
from engine.refusals import Code, accept
from engine.webhooks import DeliveryView, WebhookView
from server.api.acts import act_of, made
from server.contract.routes import Reply, route
from server.contract.webhooks import (
    DeliveriesQuery,
    DeliveriesShape,
    DeliveryDetailShape,
    MadeWebhook,
    ReplayBody,
    ReplayedShape,
    TestShape,
    WebhookBody,
    WebhookShape,
    WebhooksShape,
)
from server.who.call import Call

KNOWN = (Code.NOT_FOUND,)


def webhook_shape(view: WebhookView) -> dict[str, Any]:
    return {**asdict(view), "paused": view.paused and view.paused.value}


@route("POST", "/api/webhooks", needs=Permission.WEBHOOK_MANAGE, status=201, codes=(Code.INVALID,))
async def make_webhook(call: Call, body: WebhookBody) -> MadeWebhook:
    """Subscribe to topics from now on. The secret, with which deliveries are signed, is shown only now."""
    endpoints = call.services.engine.webhooks.endpoints
    new = made(await endpoints.create(act_of(call), body.url, body.topics, body.label))
    return {"id": new.id, "secret": new.secret}


@route("GET", "/api/webhooks", needs=Permission.WEBHOOK_MANAGE, answer=WebhooksShape)
async def list_webhooks(call: Call) -> dict[str, Any]:
    """Your webhooks."""
    views = await call.services.engine.webhooks.endpoints.list(call.organizer)
    return {"items": [webhook_shape(view) for view in views]}


@route("GET", "/api/webhooks/{webhook}", needs=Permission.WEBHOOK_MANAGE, answer=WebhookShape, codes=KNOWN)
async def show_webhook(call: Call) -> dict[str, Any]:
    """One webhook, how much waits for it, and whether it is paused."""
    return webhook_shape(
        accept(await call.services.engine.webhooks.endpoints.show(call.organizer, call.part("webhook")))
    )


@route("DELETE", "/api/webhooks/{webhook}", needs=Permission.WEBHOOK_MANAGE, status=204, answer=None, codes=KNOWN)
async def delete_webhook(call: Call) -> Reply:
    """Forget a webhook, with all its deliveries."""
    accept(await call.services.engine.webhooks.endpoints.delete(act_of(call), call.part("webhook")))
    return Reply(None, 204)


@route("POST", "/api/webhooks/{webhook}/pause", needs=Permission.WEBHOOK_MANAGE, status=204, answer=None, codes=KNOWN)
async def pause_webhook(call: Call) -> Reply:
    """Send nothing more; deliveries wait."""
    accept(await call.services.engine.webhooks.endpoints.pause(act_of(call), call.part("webhook")))
    return Reply(None, 204)


@route("POST", "/api/webhooks/{webhook}/resume", needs=Permission.WEBHOOK_MANAGE, status=204, answer=None, codes=KNOWN)
async def resume_webhook(call: Call) -> Reply:
    """Start sending again, oldest first."""
    accept(await call.services.engine.webhooks.endpoints.resume(act_of(call), call.part("webhook")))
    return Reply(None, 204)


@route("POST", "/api/webhooks/{webhook}/test", needs=Permission.WEBHOOK_MANAGE, status=202, codes=KNOWN)
async def send_test(call: Call) -> TestShape:
    """Send a test delivery; look at it by its id."""
    endpoints = call.services.engine.webhooks.endpoints
    return {"delivery": accept(await endpoints.test(act_of(call), call.part("webhook")))}


@route(
    "GET", "/api/webhooks/{webhook}/deliveries", needs=Permission.WEBHOOK_MANAGE, answer=DeliveriesShape, codes=KNOWN
)
async def list_deliveries(call: Call, query: DeliveriesQuery) -> dict[str, Any]:
    """Deliveries of a webhook, newest first, with what the last try was answered."""
    found = accept(
        await call.services.engine.webhooks.endpoints.deliveries(
            call.organizer, call.part("webhook"), state=query.state, before=query.before, limit=query.limit
        )
    )
    return {"items": [delivery_shape(each) for each in found], "next": next_of(found, query.limit)}


def delivery_shape(view: DeliveryView) -> dict[str, Any]:
    return asdict(view)


def next_of(found: Any, limit: int) -> int | None:
    return found[-1].sequence if len(found) == limit else None


@route(
    "GET",
    "/api/webhooks/{webhook}/deliveries/{delivery}",
    needs=Permission.WEBHOOK_MANAGE,
    answer=DeliveryDetailShape,
    codes=KNOWN,
)
async def show_delivery(call: Call) -> dict[str, Any]:
    """One delivery: its body, and what each try was answered."""
    endpoints = call.services.engine.webhooks.endpoints
    return asdict(accept(await endpoints.delivery(call.organizer, call.part("webhook"), call.part("delivery"))))


@route(
    "POST",
    "/api/webhooks/{webhook}/deliveries/{delivery}/replay",
    needs=Permission.WEBHOOK_MANAGE,
    status=202,
    codes=KNOWN,
)
async def replay_delivery(call: Call) -> ReplayedShape:
    """Send a delivery again, under the same id."""
    endpoints = call.services.engine.webhooks.endpoints
    webhook, delivery = call.part("webhook"), call.part("delivery")
    done = accept(await endpoints.replay(act_of(call), webhook, delivery=delivery))
    return {"count": done.count, "next": done.next}


@route(
    "POST", "/api/webhooks/{webhook}/replay", needs=Permission.WEBHOOK_MANAGE, status=202, codes=(*KNOWN, Code.INVALID)
)
async def replay_webhook(call: Call, body: ReplayBody) -> ReplayedShape:
    """Send all deliveries from a sequence on again, some thousands at a time; `next` is where to go on."""
    endpoints = call.services.engine.webhooks.endpoints
    done = accept(await endpoints.replay(act_of(call), call.part("webhook"), from_sequence=body.from_sequence))
    return {"count": done.count, "next": done.next}
