"""An engine for one command: on the stores of a running `aforo up`, or on those that are set."""

from __future__ import annotations

import asyncio
import os
import pwd
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.audit import Act, Actor
    from engine.engine import Engine

T = TypeVar("T")

DataDir = Annotated[Path | None, typer.Option(help="The data folder of the running `aforo up` (default .aforo).")]
Organizer = Annotated[str | None, typer.Option(help="For which organizer (default: the first one).")]


@asynccontextmanager
async def opened(data_dir: Path | None) -> AsyncIterator[Engine]:
    from engine.engine import Engine
    from engine.keyring import KeyringFault
    from engine.settings import load
    from engine.stores.faults import StoreFault

    settings = load()
    if data_dir is not None:
        settings = settings.model_copy(update={"data_dir": data_dir})
    if settings.embedded and not (settings.data_dir / "secret").exists():
        raise Trouble(
            f"There is nothing in {settings.data_dir} yet. Start `aforo up` first, name its folder with --data-dir, "
            "or set AFORO_REDIS_URL and AFORO_DATABASE_URL."
        )
    try:
        async with Engine.open(settings) as engine:
            yield engine
    except StoreFault as fault:
        if settings.embedded and not isinstance(fault, KeyringFault):
            raise Trouble(f"{fault}\nIs `aforo up` running on {settings.data_dir}?") from fault
        raise


def with_engine(data_dir: Path | None, do: Callable[[Engine], Awaitable[T]]) -> T:
    """Run one command's work."""

    from engine.refusals import RefusalError
    from engine.text import BadText

    async def run() -> T:
        async with opened(data_dir) as engine:
            return await do(engine)

    try:
        return asyncio.run(run())
    except RefusalError as refusal:
        raise Trouble(refusal.message) from refusal
    except BadText as wrong:
        raise Trouble(f"A name or label {wrong}.") from wrong


async def act_of(engine: Engine, organizer: str | None) -> Act:
    """In whose name a command acts."""
    found = organizer or await engine.access.first_organizer()
    if found is None:
        raise Trouble("There is no organizer yet: `aforo key create --organizer-name NAME` makes one.")
    return operator().of(found)


def operator() -> Actor:
    """Whoever runs a command, by the account of this machine."""
    from engine.audit import Actor

    try:
        account = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        account = f"uid {os.geteuid()}"
    return Actor(account)
