"""Structured logs: one JSON object per line outside a terminal, plain lines inside.

Guarantees: secrets, card data, keys, tokens and what buyers typed are never handed to a logger; addresses of people
are not logged either. A request or socket id ties lines together.
"""

from __future__ import annotations

import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson
from aiohttp.http_exceptions import BadHttpMessage

REQUEST: ContextVar[str] = ContextVar("request", default="")
STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def extras(record: logging.LogRecord) -> dict[str, Any]:
    found = {name: value for name, value in record.__dict__.items() if name not in STANDARD}
    if (request := REQUEST.get()) and "request" not in found:
        found["request"] = request
    return found


def bare(trace: str) -> str:
    """A traceback without Postgres' error details, which quote rows and so hold what people typed."""
    return "\n".join(line for line in trace.splitlines() if not line.startswith("DETAIL:"))


def not_a_strangers_mistake(record: logging.LogRecord) -> bool:
    """Drop aiohttp's log of malformed requests: it repeats what they contain, and they were answered already."""
    return not (record.exc_info and isinstance(record.exc_info[1], BadHttpMessage))


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **extras(record),
        }
        if record.exc_info:
            line["trace"] = bare(self.formatException(record.exc_info))
        return orjson.dumps(line, default=str).decode()


class PlainLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S")
        more = "".join(f" {name}={value}" for name, value in extras(record).items())
        line = f"{at} {record.levelname.lower():7} {record.name}: {record.getMessage()}{more}"
        return f"{line}\n{bare(self.formatException(record.exc_info))}" if record.exc_info else line


def configure(log_format: str, level: str) -> None:
    """Send every logger to stderr."""
    as_text = log_format == "text" or (log_format == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlainLines() if as_text else JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("aiohttp.server").addFilter(not_a_strangers_mistake)
    logging.getLogger("aiohttp.websocket").setLevel(logging.ERROR)
