"""`aforo draw`: recomputes a draw from its secret, so that nobody has to trust it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.open_engine import DataDir, with_engine
from server.cli.sales import SaleId, info_of
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.engine import Engine
    from engine.onsale.model import RoomState

DOES_NOT_FIT = 3


def draw(
    sale: SaleId,
    places: Annotated[bool, typer.Option("--places", help="Print every number and the place it drew.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Recompute a sale's draw, and check it against what was published; exits with 3 if they differ.

    Example: `aforo draw jazz --places`
    """
    from engine.onsale import commit_of, draw_of

    room, roster = with_engine(data_dir, lambda engine: read(engine, sale))
    if room.secret is None:
        raise Trouble(f"The draw of {sale} has not been held yet; its commitment is {room.commit}.")
    secret = bytes.fromhex(room.secret)
    digest = room.digest or ""
    committed = commit_of(secret) == room.commit
    counted = digest_of(roster) == digest
    print(f"commitment    {room.commit}")
    print(f"secret        {room.secret} ({fits(committed)} the commitment)")
    print(f"lobby         {room.lobby} places")
    print(f"roster digest {digest or '(empty)'} ({fits(counted)} the {len(roster)} buyers known now)")
    if places:
        drawn = draw_of(secret, room.lobby, digest)
        for number in range(room.lobby):
            sys.stdout.write(f"{number} {drawn.place_of(number)}\n")
    if not (committed and counted):
        raise typer.Exit(DOES_NOT_FIT)


def fits(right: bool) -> str:
    return "fits" if right else "DOES NOT FIT"


def digest_of(roster: list[str]) -> str:
    """The digest of buyers in the order of their numbers."""
    from engine.onsale import next_digest

    digest = ""
    for buyer in roster:
        digest = next_digest(digest, buyer)
    return digest


async def read(engine: Engine, sale: str) -> tuple[RoomState, list[str]]:
    """The room as everybody sees it, and the buyers of its lobby in the order of their numbers."""
    from engine.onsale import roster
    from engine.refusals import accept

    await info_of(engine, sale)
    await engine.archive.wake(sale)
    room = accept(await engine.onsale.sale(sale).snapshot()).room
    buyers = {
        number: buyer
        async for buyer, number in roster(engine.redis, engine.onsale.calls(sale).keys)
        if number < room.lobby
    }
    return room, [buyers[number] for number in sorted(buyers)]
