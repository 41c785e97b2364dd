"""An outage of a store, logged when it begins and when it is over, not once for every sale that meets it.

Owns the set of sales that wait for the store. A sale leaves it once the keeper got through to it, or drops it.
"""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)


class Outage:
    """Of one store, as one keeper meets it."""

    def __init__(self, store: str) -> None:
        self._store = store
        self._waiting: set[str] = set()
        self._met = 0

    def meet(self, sale_id: str, why: object) -> None:
        if not self._waiting:
            self._met = 0
            log.warning("%s does not answer; sales wait for it: %s", self._store, why)
        if sale_id not in self._waiting:
            self._waiting.add(sale_id)
            self._met += 1

    def leave(self, sale_id: str) -> None:
        if sale_id not in self._waiting:
            return
        self._waiting.discard(sale_id)
        if not self._waiting:
            log.warning("%s answers again; %d sales had waited", self._store, self._met)
