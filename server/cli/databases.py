"""`aforo db`: where a database stands among the steps of its schema, and bringing it forward."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from server.cli.trouble import Trouble

if TYPE_CHECKING:
    import asyncpg

    from engine.stores.standing import Standing

UNFIT = 1
T = TypeVar("T")

db_app = typer.Typer(help="Look after the database at AFORO_DATABASE_URL.", no_args_is_help=True)


@db_app.command()
def apply(
    contract: Annotated[
        bool, typer.Option("--contract", help="Also the steps after which older releases can't run any more.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
) -> None:
    """Bring the database to the schema of this version; an empty one gets its tables.

    Examples: `aforo db apply` before the new version starts · `aforo db apply --contract` when nothing older runs
    """
    from engine.stores import schema
    from engine.stores.standing import standing

    async def do(connection: asyncpg.Connection) -> Standing:
        if not dry_run:
            await schema.apply(connection, contract=contract, tell=print)
        return await standing(connection)

    found = on_the_database(do)
    if dry_run:
        print(would_do(found, contract=contract))
        return
    print("the database is ready for this version")
    if found.missing:
        print(f"left for `aforo db apply --contract`, once nothing older runs: {named(found)}")


@db_app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Say which version the database is at; exits with 1 unless this version can run on it.

    Examples: `aforo db status` · `aforo db status --json`
    """
    from engine.stores.standing import standing

    found = on_the_database(standing)
    steps = told_steps(found)
    if as_json:
        shown = {"fit": found.unfit is None, "unfit": found.unfit, "empty": found.empty, "steps": steps}
        print(json.dumps(shown, indent=2))
    else:
        table = Table("step", "kind", "state", "began", "ms", box=None, pad_edge=False)
        for step in steps:
            table.add_row(*("" if step[key] is None else str(step[key]) for key in step))
        Console().print(table)
        print(found.unfit or "this version can run on the database")
    raise typer.Exit(0 if found.unfit is None else UNFIT)


def on_the_database(do: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    from engine.settings import load
    from engine.stores import database

    url = load().database_url
    if url is None:
        raise Trouble("Set AFORO_DATABASE_URL; `aforo up` looks after its own database by itself.")

    async def connected() -> T:
        connection = await database.connect_one(url)
        try:
            return await do(connection)
        finally:
            await connection.close()

    return asyncio.run(connected())


def would_do(found: Standing, *, contract: bool) -> str:
    if found.wrong is not None:
        raise Trouble(found.wrong)
    if found.empty:
        return "would make the tables of an empty database"
    chosen, first_contract = found.plan(contract=contract)
    lines = [f"would run {step.name} ({step.kind})" for step in chosen] or ["nothing to do"]
    if first_contract is not None:
        lines.append(f"would stop before {first_contract.name}, which needs --contract")
    return "\n".join(lines)


def told_steps(found: Standing) -> list[dict[str, Any]]:
    """Every step that is known or noted, in order."""
    missing = {step.number for step in found.missing}
    known = {step.number: step for step in found.known}
    told = []
    for number in sorted({*known, *found.noted}):
        noted = found.noted.get(number)
        one = noted or known[number]
        state = "unknown here" if number not in known else "done" if number not in missing else "missing"
        if noted is not None and noted.took_ms is None:
            state = "not ended"
        told.append(
            {
                "name": one.name,
                "kind": one.kind,
                "state": state,
                "began_at": noted and noted.began_at.isoformat(timespec="seconds"),
                "took_ms": noted and noted.took_ms,
            }
        )
    return told


def named(found: Standing) -> str:
    return ", ".join(step.name for step in found.missing)
