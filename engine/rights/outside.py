"""ErasureFile: the list of erasures outside the database, which a restored backup is held against.

Owns erasures-….jsonl in its folder. Guarantees: an erasure is in the file, on the disk, before it is in the database; a
line that was cut by a crash is passed over; what is in the file are ids and marks, never a name or an address.
Fails with StoreFault when the file can't be written or read: then nobody is erased, and nothing is served.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import orjson

from engine.context import Erasure
from engine.stores.faults import StoreFault

MODE = 0o600


class ErasureFile:
    def __init__(self, folder: Path, installation: str) -> None:
        """`installation` tells its databases, whatever backup they come from, from those of others."""
        self.path = folder / f"erasures-{installation}.jsonl"

    def append(self, erasures: list[Erasure]) -> None:
        """On the disk when this returns."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = not self.path.exists()
            with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, MODE), "ab") as file:
                # Whatever was cut before ends here.
                file.write(b"".join(b"\n" + packed(each) + b"\n" for each in erasures))
                file.flush()
                os.fsync(file.fileno())
            if fresh:
                self._keep_name()
        except OSError as fault:
            raise StoreFault(
                f"the list of erasures {self.path} can't be written ({fault.strerror}): make its folder writable, or "
                "name another in AFORO_ERASURES_DIR"
            ) from fault

    def _keep_name(self) -> None:
        """A new file is only there for good once its folder is on the disk."""
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def read(self) -> Iterator[Erasure]:
        try:
            with self.path.open("rb") as file:
                for line in file:
                    erasure = unpacked(line)
                    if erasure is not None:
                        yield erasure
        except FileNotFoundError:
            return
        except OSError as fault:
            raise StoreFault(f"the list of erasures {self.path} can't be read: {fault.strerror}") from fault


def packed(erasure: Erasure) -> bytes:
    said = {
        "id": erasure.id,
        "organizer": erasure.organizer_id,
        "people": erasure.people,
        "numbers": erasure.numbers,
        "buyers": erasure.buyers,
        "inboxes": [mark.hex() for mark in erasure.inboxes],
        "accounts": erasure.accounts,
        "typed": [mark.hex() for mark in erasure.typed],
        "orders": erasure.orders,
    }
    return orjson.dumps(said)


def unpacked(line: bytes) -> Erasure | None:
    """None for a line that is no erasure: it was cut, or is empty."""
    try:
        said = orjson.loads(line)
        return Erasure(
            said["organizer"],
            tuple(said["people"]),
            tuple(said["numbers"]),
            tuple(said["buyers"]),
            tuple(bytes.fromhex(mark) for mark in said["inboxes"]),
            tuple(said["accounts"]),
            tuple(bytes.fromhex(mark) for mark in said.get("typed", ())),
            tuple(said.get("orders", ())),
            id=said["id"],
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
