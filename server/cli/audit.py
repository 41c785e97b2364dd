"""`aforo audit …`: list, verify and export the audit trail."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from server.cli.open_engine import DataDir, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.audit import AuditView, Checked
    from engine.engine import Engine

VIOLATIONS_FOUND = 3
LIST_MAX = 50
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


class Form(Enum):
    JSONL = "jsonl"
    CSV = "csv"


audit_app = typer.Typer(help="Inspect, check and export the audit trail.", no_args_is_help=True)

Organizer = Annotated[str | None, typer.Option(help="Of which organizer (default: all, and the installation).")]
Since = Annotated[str | None, typer.Option(help="From this day or instant on, as in 2026-05-01 or 2026-05-01T20:30Z.")]


@audit_app.command()
def verify(
    organizer: Organizer = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Check that nothing in the audit trail was changed, removed or inserted; exits with 3 if something was.

    Examples: `aforo audit verify` · `aforo audit verify --organizer org_… --json`
    """

    async def do(engine: Engine) -> Checked:
        return await engine.audit.check(organizer)

    found = with_engine(data_dir, do)
    if organizer is not None and not (found.chains or found.broken):
        raise Trouble(f"No act of {organizer} is linked; `aforo key list` names the organizers.")
    if as_json:
        broken = [{"subject": each.subject, "text": each.text} for each in found.broken]
        counts = {"chains": found.chains, "links": found.links, "heads": found.heads, "waiting": found.waiting}
        print(json.dumps({**counts, "broken": broken}, indent=2))
    else:
        for each in found.broken:
            print(each)
        state = "is as it was written" if not found.broken else "is NOT as it was written"
        print(f"the audit trail {state}: {found.links} links in {found.chains} chains, {found.heads} signed heads")
        if found.waiting:
            print(f"{found.waiting} acts wait to be linked, which a worker does within seconds")
    if found.broken:
        raise typer.Exit(VIOLATIONS_FOUND)


@audit_app.command()
def export(
    organizer: Organizer = None,
    since: Since = None,
    form: Annotated[Form, typer.Option("--format", help="jsonl has all that is needed to check it.")] = Form.JSONL,
    data_dir: DataDir = None,
) -> None:
    """Write every linked act to standard output, chain by chain.

    Examples: `aforo audit export > audit.jsonl` · `aforo audit export --since 2026-05-01 --format csv > may.csv`
    """
    from engine.audit import Format

    start, written = moment_of(since), Format(form.value)

    async def do(engine: Engine) -> None:
        sys.stdout.write(written.head)
        async for view in engine.audit.exported(organizer, start):
            sys.stdout.write(written.line(view.exported()))

    with_engine(data_dir, do)


@audit_app.command("list")
def list_(
    *,
    words: Annotated[str, typer.Argument(help="Words that are in it, all of them.")] = "",
    act: Annotated[str | None, typer.Option(help="Only this act, as in sale.change, or sale for all of them.")] = None,
    actor: Annotated[str | None, typer.Option(help="Only of this key or account.")] = None,
    subject: Annotated[str | None, typer.Option(help="Only about this: the id of a sale, promo, key …")] = None,
    organizer: Organizer = None,
    since: Since = None,
    until: Annotated[str | None, typer.Option(help="Before this day or instant.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = LIST_MAX,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON lines.")] = False,
    data_dir: DataDir = None,
) -> None:
    """List the newest acts.

    Examples: `aforo audit list --subject jazz` · `aforo audit list --act key --since 2026-05-01 "box office"`
    """
    from engine.audit import Sought, json_line

    sought = Sought(organizer, act, actor, subject, moment_of(since), moment_of(until), words)

    async def do(engine: Engine) -> list[AuditView]:
        return await engine.audit.newest(sought, limit)

    found = with_engine(data_dir, do)
    if as_json:
        for view in found:
            sys.stdout.write(json_line(view.said))
        return
    # What is there to be copied stays whole; what a change says is cut where the line ends.
    whole = [Column(name, no_wrap=True, overflow="ignore") for name in ("at (UTC)", "actor", "act", "subject")]
    table = Table(*whole, Column("change", no_wrap=True), box=None, pad_edge=False)
    for said in (view.said for view in found):
        who = said["actor"] if said["actor_kind"] != "operator" else f"{said['actor']} (operator)"
        table.add_row(shown(said["at"]), who, said["act"], said["subject"], change_of(said))
    Console().print(table)


@audit_app.command("key")
def key(
    every: Annotated[
        bool, typer.Option("--all", help="All whose heads count, also those that sign no longer.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Show the public key (Ed25519, in hex) with which anybody can check the signed heads.

    Examples: `aforo audit key` · `aforo audit key --all` after it was rotated
    """

    async def do(engine: Engine) -> list[str]:
        return engine.audit.public_keys if every else [engine.audit.public_key]

    print(*with_engine(data_dir, do), sep="\n")


def change_of(said: Mapping[str, Any]) -> str:
    """What an act changed, in a line; of what was made or counted, the facts that are short."""
    before, after = said["before"] or {}, said["after"] or {}
    if before:
        return ", ".join(
            f"{name}: {shown(was)} → {shown(after.get(name))}" for name, was in before.items() if was != after.get(name)
        )
    facts = after or said["detail"]
    return ", ".join(f"{name}: {shown(value)}" for name, value in facts.items() if isinstance(value, str | int))


def shown(value: object) -> str:
    """As people write it; instants to the second."""
    if isinstance(value, str) and INSTANT.fullmatch(value):
        return f"{value[:10]} {value[11:19]}"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def moment_of(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise Trouble(f"{text} is no day or instant; write it as 2026-05-01 or 2026-05-01T20:30Z.") from wrong
    return at if at.tzinfo else at.replace(tzinfo=UTC)
