"""What hangs on the aiohttp application."""

from __future__ import annotations

from aiohttp import web

from server.process import Process

PROCESS = web.AppKey("process", Process)
