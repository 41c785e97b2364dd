"""Checking: whether the audit trail is as it was written.

Guarantees: reads one consistent snapshot while links are being written; names each problem once. Without the signing
keys of heads nobody can change unnoticed what a head covers; docs/audit.md says what remains possible. Reads only.
Fails as Postgres does.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from engine.audit import sql
from engine.audit.heads import FILE, Head, HeadKeys, Unreadable, head_of, read_file
from engine.audit.model import FIRST_PREVIOUS, INSTALLATION, link_hash, moment, said_of
from engine.audit.reading import links
from engine.limits import AUDIT_FINDINGS_MAX


@dataclass(frozen=True, slots=True)
class Broken:
    """What is not as it was written."""

    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.text}"


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look found: how much there is, how much still waits to be linked, and what is wrong."""

    chains: int
    links: int
    heads: int
    waiting: int
    broken: tuple[Broken, ...]


def named(act: Any) -> str:
    """An act as it says of itself now, so that whoever looks for it finds it."""
    return f"{act['id']} ({act['act']} of {act['subject']}, {moment(act['at'])})"


class Walk:
    """Walks the links of all chains in order."""

    def __init__(self, heads: Iterable[Head]) -> None:
        self.broken: list[Broken] = []
        self.chains = self.links = 0
        self._chain = ""
        self._number = 0
        self._previous = FIRST_PREVIOUS
        self._heads: dict[str, dict[int, list[Head]]] = defaultdict(lambda: defaultdict(list))
        for head in heads:
            self._heads[head.chain][head.number].append(head)

    def take(self, link: Any, act: Any) -> None:
        chain, number = link["chain"], link["number"]
        if chain != self._chain:
            self._chain, self._number, self._previous = chain, 0, FIRST_PREVIOUS
            self.chains += 1
        self.links += 1
        name = f"link {number} of {chain}"
        if number != self._number + 1:
            self.broken.append(Broken(name, f"the one before it is {self._number}: what was between them is gone"))
        elif act is None:
            self.broken.append(Broken(name, f"its act {link['audit_id']} is gone"))
        elif link_hash(self._previous, said_of(act, number)) != link["hash"]:
            self.broken.append(Broken(name, f"it doesn't fit act {named(act)}, or the link before it"))
        for head in self._heads[chain].pop(number, ()):
            if head.hash != link["hash"]:
                self.broken.append(Broken(str(head), "the chain was another one when it was signed"))
        self._number, self._previous = number, link["hash"]

    def end(self) -> None:
        """Report signed heads that the chain no longer reaches."""
        for heads in self._heads.values():
            for missing in heads.values():
                self.broken += [Broken(str(head), "the chain does not reach it any more") for head in missing]


class Checker:
    def __init__(self, db: asyncpg.Pool, head_keys: HeadKeys, folder: Path) -> None:
        self._db = db
        self._head_keys = head_keys
        self._path = folder / FILE

    async def check(self, organizer: str | None = None) -> Checked:
        """Look at every chain, or at an organizer's alone."""
        broken: list[Broken] = []
        try:
            # Before the database: what the file has, the database had before.
            told = [
                head
                for head in await asyncio.to_thread(read_file, self._path)
                if organizer is None or head.chain == organizer
            ]
        except Unreadable as wrong:
            told = []
            broken.append(Broken(str(self._path), str(wrong)))
        async with (
            self._db.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            kept = [head_of(row) for row in await connection.fetch(sql.HEADS, organizer)]
            heads = {*told, *kept}
            counting = self._head_keys.counting()
            signed = {head for head in heads if head.is_signed_by(counting)}
            unsigned = sorted(map(str, heads - signed))
            broken += [Broken(head, "no key that counts has signed it") for head in unsigned]
            walk = Walk(signed)
            async for link, act in links(connection, organizer):
                walk.take(link, act)
            walk.end()
            unlinked = await connection.fetch(sql.UNLINKED, INSTALLATION, organizer, AUDIT_FINDINGS_MAX)
            waiting = await connection.fetchval(sql.WAITING)
        broken += walk.broken
        broken += [
            Broken(f"act {row['id']}", f"it was put among the acts of {row['chain']} after their links were made")
            for row in unlinked
        ]
        return Checked(walk.chains, walk.links, len(signed), waiting, tuple(broken[:AUDIT_FINDINGS_MAX]))
