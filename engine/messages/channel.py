"""What a channel promises: `send` answers an outcome, whatever the message is and whatever the outside does.

Owns that rule, so that no channel has to remember it: what a channel did not foresee of one message refuses that
message, is logged without what the message says or to whom, and leaves the next one alone.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping

from engine.messages.model import Message, Outcome, Sent

log = logging.getLogger(__name__)


class Channel(ABC):
    """A way to send messages; what it does with one of them is its `_send`."""

    name: str

    async def send(self, message: Message) -> Sent:
        """Send one message; may be asked again with the same id. Raises nothing."""
        try:
            return await self._send(message)
        except Exception as fault:  # one message is never the trouble of the next
            # Its text may hold the address, so it is logged as a fault of the same kind that says nothing.
            kind = type(fault).__name__
            untold = RuntimeError(f"{kind}, whose text is not logged")
            log.error("%s could not send a message", self.name, exc_info=(RuntimeError, untold, fault.__traceback__))
            return Sent(Outcome.REFUSED, kind)

    @abstractmethod
    async def _send(self, message: Message) -> Sent: ...

    @abstractmethod
    async def close(self) -> None: ...


Channels = Mapping[str, Channel]
