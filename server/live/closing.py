"""Why the server closes a socket: the one table of close codes."""

from __future__ import annotations

from enum import Enum


class Close(Enum):
    """name = (code, short reason, what the client should do)."""

    GOING_AWAY = (4001, "going away", "reconnect at once, with up to 2 s of jitter")
    SILENT = (4002, "no sign of life", "reconnect at once")
    OVERLOADED = (4005, "overloaded", "reconnect later, backing off with jitter")
    MALFORMED = (4007, "malformed messages", "not reconnect by itself")
    FLOOD = (4008, "too many asks", "not reconnect by itself")

    def __init__(self, code: int, reason: str, advice: str) -> None:
        self.code = code
        self.reason = reason
        self.advice = advice
