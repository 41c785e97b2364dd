"""A small blocking HTTP client, which works under asyncio, gevent and neither.

Fails with ApiFault, which carries what the server said.
"""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

ANSWER_S_MAX = 30.0


class ApiFault(Exception):
    """The server refused, or did not answer."""


class Api:
    """One installation, as its organizer sees it; `key` may be empty for what everybody may read."""

    def __init__(self, base_url: str, key: str = "") -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or parts.hostname is None:
            raise ApiFault(f"{base_url} is no address such as http://127.0.0.1:8080")
        self.host = parts.hostname
        self.secure = parts.scheme == "https"
        self.port = parts.port or (443 if self.secure else 80)
        self.key = key

    @property
    def ws_url(self) -> str:
        return f"{'wss' if self.secure else 'ws'}://{self.host}:{self.port}/ws"

    def get(self, path: str) -> Any:
        return json.loads(self._call("GET", path, None, "application/json"))

    def get_bytes(self, path: str) -> bytes:
        return self._call("GET", path, None, "application/octet-stream")

    def post(self, path: str, body: Any = None) -> Any:
        return json.loads(self._call("POST", path, body, "application/json"))

    def _call(self, method: str, path: str, body: Any, accept: str) -> bytes:
        kind = http.client.HTTPSConnection if self.secure else http.client.HTTPConnection
        connection = kind(self.host, self.port, timeout=ANSWER_S_MAX)
        headers = {"Accept": accept}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        text = None
        if body is not None:
            text = json.dumps(body)
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, text, headers)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ApiFault(f"{method} {path}: {type(error).__name__} {error}") from error
        finally:
            connection.close()
        if answer.status >= 300:
            raise ApiFault(f"{method} {path}: {answer.status} {said[:500].decode(errors='replace')}")
        return said
