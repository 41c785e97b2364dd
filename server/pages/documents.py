"""Typst: turns data into PDFs and pictures, off the event loop, a bounded number at a time.

Guarantees: text is handed over as JSON, never as markup; the same data is rendered once while it stays in the cache.
Fails with `Code.BUSY` when too many wait.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

from engine.limits import DOCUMENT_CACHE_BYTES_MAX, DOCUMENTS_WAITING_MAX
from engine.refusals import Code, RefusalError

TEMPLATES = Path(__file__).with_name("templates")
FONTS = Path(__file__).with_name("fonts")
PICTURE_PPI = 72.0


class Documents:
    """One thread that renders, and a cache of what it made."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="documents")
        self._cache: OrderedDict[str, bytes] = OrderedDict()
        self._cached_bytes = 0
        self._running: dict[str, asyncio.Future[bytes]] = {}

    async def pdf(self, template: str, data: Mapping[str, Any]) -> bytes:
        return await self._render(template, "pdf", data, PICTURE_PPI)

    async def png(self, template: str, data: Mapping[str, Any], ppi: float = PICTURE_PPI) -> bytes:
        return await self._render(template, "png", data, ppi)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _render(self, template: str, form: Literal["pdf", "png"], data: Mapping[str, Any], ppi: float) -> bytes:
        text = json.dumps(data, ensure_ascii=False, sort_keys=True)
        key = hashlib.sha256(f"{template}.{form} {ppi}\n{text}".encode()).hexdigest()
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        if key not in self._running:
            if len(self._running) >= DOCUMENTS_WAITING_MAX:
                raise RefusalError(Code.BUSY)
            started = asyncio.get_running_loop().run_in_executor(self._thread, _compile, template, form, ppi, text)
            self._running[key] = started
            started.add_done_callback(lambda done: self._finished(key, done))
        return await asyncio.shield(self._running[key])

    def _finished(self, key: str, done: asyncio.Future[bytes]) -> None:
        del self._running[key]
        if done.cancelled() or done.exception() is not None:
            return
        self._cache[key] = done.result()
        self._cached_bytes += len(done.result())
        while self._cached_bytes > DOCUMENT_CACHE_BYTES_MAX:
            _, oldest = self._cache.popitem(last=False)
            self._cached_bytes -= len(oldest)


@cache
def _compiler() -> typst.Compiler:
    """Only the fonts inside the package: the same picture on every machine."""
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[FONTS])
    return typst.Compiler(root=TEMPLATES, font_paths=fonts)


def _compile(template: str, form: Literal["pdf", "png"], ppi: float, text: str) -> bytes:
    made = _compiler().compile(TEMPLATES / f"{template}.typ", format=form, ppi=ppi, sys_inputs={"data": text})
    if not isinstance(made, bytes):
        raise TypeError(f"{template} made {type(made).__name__}, not one document.")
    return made
