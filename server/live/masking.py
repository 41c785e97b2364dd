"""Frames of clients must be masked (RFC 6455, 5.1); what is not is never read, and closes the socket with 1002.

Owns: a protocol between a transport and aiohttp's, whose own reader takes unmasked frames as well.
Guarantees: aiohttp sees whole headers of masked frames only; in place of any other it gets one that it refuses itself.
Costs a look at two bytes per frame.
"""

from __future__ import annotations

import asyncio

MASKED = 0x80
LENGTH = 0x7F
LENGTH_IN_2_BYTES = 126
HEAD_BYTES = 2
MASK_BYTES = 4
# Reserved bits are set: a breach of the protocol that aiohttp closes for with 1002.
REFUSED_FRAME = b"\xf0\x80"


class MaskedOnly(asyncio.Protocol):
    """Stands before `under` from the first frame on."""

    __slots__ = ("_begun", "_refused", "_rest", "_under")

    def __init__(self, under: asyncio.Protocol) -> None:
        self._under = under
        self._begun = b""  # of a header that has come in part
        self._rest = 0  # bytes of the last frame that are still to come
        self._refused = False

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        frames = self._begun + data if self._begun else data
        at, size = self._rest, len(frames)
        while at + HEAD_BYTES <= size:
            second = frames[at + 1]
            if second < MASKED:
                self._refused = True
                self._under.data_received(frames[:at] + REFUSED_FRAME)
                return
            bytes_here = frame_bytes(frames, at, second & LENGTH)
            if bytes_here is None:
                break
            at += bytes_here
        self._rest = max(0, at - size)
        self._begun = frames[at:]
        if self._begun:
            frames = frames[:at]
        if frames:
            self._under.data_received(frames)

    def eof_received(self) -> bool | None:
        return self._under.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._under.connection_lost(exc)

    def pause_writing(self) -> None:
        self._under.pause_writing()

    def resume_writing(self) -> None:
        self._under.resume_writing()


def frame_bytes(frames: bytes, at: int, length: int) -> int | None:
    """How long the masked frame at `at` is; None when its header is not there in full."""
    if length < LENGTH_IN_2_BYTES:
        return HEAD_BYTES + MASK_BYTES + length
    wide = 2 if length == LENGTH_IN_2_BYTES else 8
    payload = at + HEAD_BYTES + wide
    if payload > len(frames):
        return None
    return HEAD_BYTES + wide + MASK_BYTES + int.from_bytes(frames[at + HEAD_BYTES : payload], "big")


def take_masked_only(transport: asyncio.Transport) -> None:
    """From now on this connection carries frames of a client."""
    under = transport.get_protocol()
    if isinstance(under, asyncio.Protocol):
        transport.set_protocol(MaskedOnly(under))
