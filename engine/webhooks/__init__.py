"""Webhooks: organizers are told of what happens, by signed requests that are repeated until they are answered."""

from engine.webhooks.context import CONTEXT
from engine.webhooks.endpoints import topics_offered
from engine.webhooks.model import DeliveryDetail, DeliveryView, NewWebhook, Paused, Replayed, TryView, WebhookView
from engine.webhooks.webhooks import Webhooks

__all__ = [
    "CONTEXT",
    "DeliveryDetail",
    "DeliveryView",
    "NewWebhook",
    "Paused",
    "Replayed",
    "TryView",
    "WebhookView",
    "Webhooks",
    "topics_offered",
]
