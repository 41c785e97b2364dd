"""Outbox: what others must be told, written with what happened, and read by each consumer at its own pace."""

from engine.outbox.consume import Consumer, Heard, Start
from engine.outbox.context import CONTEXT
from engine.outbox.outbox import CursorView, Outbox, ParkedView
from engine.outbox.tell import NotInTransaction, Told, tell, tell_many
from engine.outbox.topics import DECLARED, HEARERS, Hearer, Topic, WrongTopic
from engine.outbox.work import Work

__all__ = [
    "CONTEXT",
    "DECLARED",
    "HEARERS",
    "Consumer",
    "CursorView",
    "Heard",
    "Hearer",
    "NotInTransaction",
    "Outbox",
    "ParkedView",
    "Start",
    "Told",
    "Topic",
    "Work",
    "WrongTopic",
    "tell",
    "tell_many",
]
