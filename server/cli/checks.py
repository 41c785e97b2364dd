"""`aforo db` and `aforo bench`: the schema of a database, and how fast this machine is."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import typer

from server.cli.trouble import Trouble

VIOLATIONS_FOUND = 3

db_app = typer.Typer(help="Look after the database.", no_args_is_help=True)


@db_app.command("apply")
def db_apply() -> None:
    """Bring the database at AFORO_DATABASE_URL to the schema of this version.

    Example: `AFORO_DATABASE_URL=postgresql://… aforo db apply`
    """
    from engine.settings import load
    from engine.stores import database

    url = load().database_url
    if url is None:
        raise Trouble("Set AFORO_DATABASE_URL; `aforo up` looks after its own database by itself.")

    async def do(address: str) -> None:
        connection = await database.connect_one(address)
        try:
            await database.apply_schema(connection)
        finally:
            await connection.close()

    asyncio.run(do(url))
    print(f"the schema is at version {database.SCHEMA_VERSION}")


def bench(context: typer.Context) -> None:
    """Measure this machine on stores of the benchmark's own; `aforo bench --help` lists its options.

    Examples: `aforo bench --quick` · `aforo bench --json`
    """
    done = subprocess.run([sys.executable, "-m", "loadtest.bench", *context.args], check=False)
    raise typer.Exit(done.returncode)
