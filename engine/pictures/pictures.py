"""Pictures: what is wanted is fetched once, drawn anew, and kept.

Calls the one client for addresses of strangers, the process that draws, and the files. Guarantees: nothing of what was
fetched is served; two organizers who name the same address share neither its state nor its faults, only what was drawn
alike; a worker that dies leaves a picture that is due again. Fails as the store does.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import asyncpg

from engine import limits
from engine.audit import Act, write
from engine.outgoing import Answer, Forbidden, Outgoing, Unanswered
from engine.pictures import sql
from engine.pictures.drawing import draw
from engine.pictures.files import Files
from engine.pictures.model import (
    MARK_CHARS,
    Drawn,
    PictureState,
    PictureView,
    Shown,
    Unfit,
    name_of,
    retry_after_s,
    sizes_of,
)
from engine.refusals import Code, Refused
from engine.stores.office import Office

log = logging.getLogger(__name__)

HEADERS = {"Accept": "image/webp, image/png, image/jpeg, image/gif", "User-Agent": "Aforo (pictures of events)"}
OK = 200
GONE_FOR_GOOD = frozenset((400, 401, 403, 404, 405, 406, 410, 451))
TAKEN_DOWN = "it was taken down"
NOT_FOUND = Refused(Code.NOT_FOUND)


async def want(db: asyncpg.Connection, organizer_id: str, url: str) -> None:
    """Note, in the transaction of who names it, that a picture is to be fetched."""
    await db.execute(sql.WANT, organizer_id, url)


class Pictures:
    def __init__(
        self,
        db: asyncpg.Pool,
        office: Office,
        files: Files,
        outgoing: Outgoing,
        *,
        draw: Callable[[bytes], Awaitable[Drawn | Unfit]] = draw,
    ) -> None:
        self.files = files
        self._db = db
        self._office = office
        self._outgoing = outgoing
        self._draw = draw

    async def close(self) -> None:
        await self._outgoing.close()

    # ── the job ──

    async def step(self) -> int:
        """Try what is due, a few at a time; answers how many."""
        rows = await self._db.fetch(sql.TAKE_DUE, limits.PICTURES_AT_ONCE_MAX, float(limits.PICTURE_LEASE_S))
        await asyncio.gather(*(self._try(row) for row in rows))
        return len(rows)

    async def due_s(self) -> float | None:
        """Seconds until a picture is to be tried; None when none waits."""
        seconds: float | None = await self._db.fetchval(sql.DUE_S)
        return seconds

    async def _try(self, row: Any) -> None:
        which = (row["organizer_id"], row["url"], row["tries"])
        try:
            answer = await self._outgoing.get(
                row["url"], HEADERS, bytes_max=limits.PICTURE_BYTES_MAX, redirects_max=limits.PICTURE_REDIRECTS_MAX
            )
        except Forbidden as forbidden:
            await self._note_failed(which, str(forbidden))
        except Unanswered as unanswered:
            await self._note_later(which, str(unanswered))
        else:
            await self._take(which, answer)

    async def _take(self, which: tuple[str, str, int], answer: Answer) -> None:
        if answer.status in GONE_FOR_GOOD:
            await self._note_failed(which, f"the answer is {answer.status}")
        elif answer.status != OK:
            await self._note_later(which, f"the answer is {answer.status}")
        else:
            await self._show(which, answer.body)

    async def _show(self, which: tuple[str, str, int], body: bytes) -> None:
        try:
            drawn = await self._draw(body)
        except TimeoutError:
            await self._note_later(which, "it could not be drawn in time")
            return
        if isinstance(drawn, Unfit):
            await self._note_failed(which, drawn.why)
        else:
            await self._keep(which, drawn)

    async def _keep(self, which: tuple[str, str, int], drawn: Drawn) -> None:
        mark = hashlib.sha256(b"".join(body for _, body in drawn.files)).hexdigest()[:MARK_CHARS]
        for width, body in drawn.files:
            await self.files.put(name_of(mark, width), body)
        widths = [width for width, _ in drawn.files]
        await self._db.execute(sql.NOTE_KEPT, *which, mark, drawn.width, drawn.height, widths)

    async def _note_later(self, which: tuple[str, str, int], fault: str) -> None:
        again_s = retry_after_s(which[2])
        if again_s is None:
            await self._note_failed(which, fault)
        else:
            await self._db.execute(sql.NOTE_LATER, *which, fault, float(again_s))

    async def _note_failed(self, which: tuple[str, str, int], fault: str) -> None:
        log.warning("the picture %s of %s can't be shown: %s", which[1], which[0], fault)
        await self._db.execute(sql.NOTE_FAILED, *which, fault)

    # ── what organizers and operators do ──

    async def list(self, organizer: str, limit: int = limits.PAGE_ITEMS_MAX) -> Sequence[PictureView]:
        """An organizer's pictures, newest first."""
        return [_view(row) for row in await self._office.fetch(organizer, sql.LIST, organizer, limit)]

    async def fetch_again(self, by: Act, url: str) -> Refused | None:
        """Try one that failed once more, from the beginning."""
        async with self._office.transaction(by) as connection:
            if await connection.fetchval(sql.FETCH_AGAIN, by.organizer_id, url) is None:
                return NOT_FOUND
            await write(connection, by, "picture.fetch", url)
        return None

    async def take_down(self, by: Act, url: str) -> Refused | None:
        """Show it no more, and forget its files unless somebody else shows the same ones."""
        async with self._office.transaction(by) as connection:
            was = await connection.fetchrow(sql.TAKE_DOWN, by.organizer_id, url, TAKEN_DOWN)
            if was is None:
                return NOT_FOUND
            await write(connection, by, "picture.take_down", url)
        if was["mark"] is not None and not await self._db.fetchval(sql.IS_SHOWN, was["mark"]):
            for width in was["widths"]:
                await self.files.delete(name_of(was["mark"], width))
        return None


def _view(row: Any) -> PictureView:
    state, mark = PictureState(row["state"]), row["mark"]
    return PictureView(
        url=row["url"],
        state=state,
        tries=row["tries"],
        fault=row["fault"],
        due_at=row["due_at"] if state is PictureState.DUE else None,
        shown=None if mark is None else Shown(sizes_of(mark, row["width"], row["height"], tuple(row["widths"]))),
    )
