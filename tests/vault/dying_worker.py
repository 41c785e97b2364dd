"""A worker that wraps data keys anew and kills itself at a step of it: `python -m tests.vault.dying_worker STEP`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any

import asyncpg
import pytest

from engine.keyring import KeyringStore
from engine.stores import database
from engine.vault import Rewrapping, Vault
from tests.vault.conftest import ROOT

PER_WRITE = 5
TIMES = 3  # before that it works as any other


def dies() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def main(url: str, step: str) -> None:
    db = await database.connect(url)
    rewrapping = Rewrapping(db, Vault(db, (await KeyringStore.open(db, [ROOT])).keyring))
    patch = pytest.MonkeyPatch()
    patch.setattr("engine.vault.rewrapping.REWRAPS_PER_WRITE", PER_WRITE)
    executes, some, steps = asyncpg.Connection.execute, rewrapping._some, 0

    async def execute(connection: Any, statement: str, *args: Any, **more: Any) -> Any:
        nonlocal steps
        steps += "SET ring_key" in statement
        if step == "read" and steps == TIMES:
            dies()
        done = await executes(connection, statement, *args, **more)
        if step == "written" and steps == TIMES:
            dies()
        return done

    async def committed() -> int:
        done = await some()
        if step == "committed" and steps == TIMES:
            dies()
        return done

    patch.setattr(asyncpg.Connection, "execute", execute)
    patch.setattr(rewrapping, "_some", committed)
    await rewrapping.step()


if __name__ == "__main__":
    asyncio.run(main(os.environ["AFORO_DATABASE_URL"], sys.argv[1]))
