"""Heads: signed ends of chains, also written to a file, so that links can't be removed unnoticed.

Owns: audit_head, and heads.jsonl in the data folder. Guarantees: a head in the file was in the table before; a chain
that has lost an earlier head is not signed again, and the log says so. A step may be repeated or cut anywhere. Fails
with OSError when the file can't be written, so that the job shows it.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import asyncpg
import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from engine.audit import sql
from engine.audit.model import canonical, moment
from engine.limits import AUDIT_HEAD_EVERY_S, AUDIT_ROWS_PER_PAGE

log = logging.getLogger(__name__)

FILE = "heads.jsonl"
PREFIX = b"aforo audit head\n"  # what is signed begins with it, so that a signature passes for nothing else


@dataclass(frozen=True, slots=True)
class Head:
    """A chain had `number` links, and `hash` at its end, when it was signed."""

    chain: str
    number: int
    hash: bytes
    signed_at: datetime
    public_key: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"head {self.number} of {self.chain}"

    def is_signed_by(self, keys: frozenset[bytes]) -> bool:
        """Whether one of these public keys signed it."""
        if self.public_key not in keys:
            return False
        try:
            said = said_by(self.chain, self.number, self.hash, self.signed_at)
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(self.signature, said)
        except (InvalidSignature, ValueError):
            return False
        return True

    def line(self) -> bytes:
        """As the file has it."""
        fields = {
            "chain": self.chain,
            "number": self.number,
            "hash": self.hash.hex(),
            "signed_at": moment(self.signed_at),
            "public_key": self.public_key.hex(),
            "signature": self.signature.hex(),
        }
        return orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE)


def said_by(chain: str, number: int, hashed: bytes, signed_at: datetime) -> bytes:
    """The bytes that are signed."""
    return PREFIX + canonical({"chain": chain, "number": number, "hash": hashed.hex(), "signed_at": moment(signed_at)})


class HeadKey:
    """One key for heads."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, chain: str, number: int, hashed: bytes, signed_at: datetime) -> Head:
        signature = self._key.sign(said_by(chain, number, hashed, signed_at))
        return Head(chain, number, hashed, signed_at, self.public, signature)


class HeadKeys:
    """The keys of this installation for heads, which follow the keyring."""

    def __init__(self, seeds: Callable[[], Sequence[bytes]], older: Sequence[str] = ()) -> None:
        """`seeds` make the keys that count, the one that signs first; `older` are public ones beside them, in hex."""
        self._seeds = seeds
        self._older = frozenset(map(bytes.fromhex, older))
        self._made: dict[bytes, HeadKey] = {}

    def signing(self) -> HeadKey:
        return self._live()[0]

    def counting(self) -> frozenset[bytes]:
        """The public keys whose heads count."""
        return self._older | {key.public for key in self._live()}

    def _live(self) -> list[HeadKey]:
        seeds = self._seeds()
        self._made = {seed: self._made.get(seed) or HeadKey(seed) for seed in seeds}
        return [self._made[seed] for seed in seeds]


class Heads:
    def __init__(self, db: asyncpg.Pool, head_keys: HeadKeys, folder: Path) -> None:
        self._db = db
        self._head_keys = head_keys
        self._path = folder / FILE
        self._told_to = 0  # the last row of audit_head that the file has

    async def step(self) -> int:
        """Sign what is due, and append to the file what it lacks; answers how many heads were signed."""
        signed = await self._sign()
        await self._tell()
        return signed

    async def _sign(self) -> int:
        count, key = 0, self._head_keys.signing()
        async with self._db.acquire() as connection, connection.transaction():
            await connection.fetchval(sql.LOCK_HORIZON)
            due = await connection.fetch(sql.DUE, float(AUDIT_HEAD_EVERY_S))
            told = await self._last_told() if due else {}
            for row in due:
                chain = row["chain"]
                earlier = [] if row["signed"] is None else [(row["signed"], row["signed_hash"])]
                if chain in told:
                    earlier.append((told[chain].number, told[chain].hash))
                held = [await connection.fetchval(sql.HAS_LINK, chain, *each) for each in earlier]
                if not all(held):
                    log.error("the audit trail of %s is not what was signed, and is not signed any more", chain)
                    continue
                head = key.sign(chain, row["number"], row["hash"], row["at"])
                await connection.execute(sql.INSERT_HEAD, *fields_of(head))
                count += 1
        return count

    async def _last_told(self) -> dict[str, Head]:
        """The longest head of each chain that the file has."""
        heads = await asyncio.to_thread(read_file, self._path)
        counting = self._head_keys.counting()
        signed = [head for head in heads if head.is_signed_by(counting)]
        return {head.chain: head for head in sorted(signed, key=lambda each: each.number)}

    async def _tell(self) -> None:
        if self._told_to and not self._path.exists():
            self._told_to = 0  # the file was removed: write all heads into a new one
        counting = self._head_keys.counting()
        while rows := await self._db.fetch(sql.HEADS_AFTER, self._told_to, AUDIT_ROWS_PER_PAGE):
            heads = [head_of(row) for row in rows]
            # Heads without a valid signature are not copied; `check` reports them.
            await asyncio.to_thread(append, self._path, [each for each in heads if each.is_signed_by(counting)])
            self._told_to = rows[-1]["id"]


def fields_of(head: Head) -> tuple[object, ...]:
    return head.chain, head.number, head.hash, head.signed_at, head.public_key, head.signature


def head_of(row: Any) -> Head:
    names = ("chain", "number", "hash", "signed_at", "public_key", "signature")
    return Head(*(row[name] for name in names))


# ── the file ──


class Unreadable(Exception):
    """A line of the file of heads is not one that was written here."""


def append(path: Path, heads: Sequence[Head]) -> None:
    """Add the heads that the file lacks, each a line, on disk before this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        drop_torn_end(file)
        file.seek(0)
        there = set(file)
        lines = [line for head in heads if (line := head.line()) not in there]
        if lines:
            file.write(b"".join(lines))
            file.flush()
            os.fsync(file.fileno())


def drop_torn_end(file: BinaryIO) -> None:
    """Drop a last line that was cut off while being written; it is written again."""
    file.seek(0)
    whole = file.read().rfind(b"\n") + 1
    file.truncate(whole)


def read_file(path: Path) -> list[Head]:
    """The heads of the file; none when there is no file. A last line without its end is still being written."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return []
    heads = []
    for number, line in enumerate(text.split(b"\n")[:-1], start=1):
        try:
            fields = orjson.loads(line)
            raw = [bytes.fromhex(fields[name]) for name in ("hash", "public_key", "signature")]
            at = datetime.fromisoformat(fields["signed_at"])
            heads.append(Head(str(fields["chain"]), int(fields["number"]), raw[0], at, raw[1], raw[2]))
        except (ValueError, KeyError, TypeError) as wrong:
            raise Unreadable(f"line {number} of {path} is no head") from wrong
    return heads
