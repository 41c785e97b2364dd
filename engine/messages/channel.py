"""What a channel promises: `send` always answers an outcome, whatever the message and however the outside fails.

Owns that rule, so that channels need not repeat it: an unexpected exception refuses that one message and is logged
without its text or address.
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
        except Exception as fault:  # one bad message must not stop the next
            # Its text may hold the address, so only its kind and traceback are logged.
            kind = type(fault).__name__
            untold = RuntimeError(f"{kind}, whose text is not logged")
            log.error("%s could not send a message", self.name, exc_info=(RuntimeError, untold, fault.__traceback__))
            return Sent(Outcome.REFUSED, kind)

    @abstractmethod
    async def _send(self, message: Message) -> Sent: ...

    @abstractmethod
    async def close(self) -> None: ...


Channels = Mapping[str, Channel]
