"""`aforo people …`: who they are, and what becomes of what is known of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from server.cli.open_engine import DataDir, Organizer, act_of, operator, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.accounts import AccountView
    from engine.audit import Act, Actor
    from engine.engine import Engine
    from engine.people import Rejected, Report
    from engine.refusals import Refused
    from engine.rights import Erased, Export, Match
    from engine.vault import Contact, Kept

people_app = typer.Typer(help="Import, find, export and erase people.", no_args_is_help=True)

PersonIds = Annotated[list[str], typer.Argument(metavar="PERSON…", help="Ids, as `aforo people find` shows them.")]
SHOWN_MAX = 20


@people_app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with a header, or JSON lines.")],
    rejected: Annotated[Path | None, typer.Option(help="Write every rejected line's number and reasons here.")] = None,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Import an organizer's people; who has the same reference is updated, so a file can be imported again.

    Example: `aforo people import people.csv --rejected wrong.txt`
    """
    from engine.people import BadFile, import_people

    if not file.is_file():
        raise Trouble(f"There is no file {file}.")
    report_file = rejected.open("w", encoding="utf-8") if rejected else None
    shown: list[str] = []

    def on_rejected(line: Rejected) -> None:
        text = f"line {line.line}: {'; '.join(line.reasons)}"
        if report_file is not None:
            report_file.write(text + "\n")
        elif len(shown) < SHOWN_MAX:
            shown.append(text)

    async def do(engine: Engine) -> Report:
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("importing", total=file.stat().st_size)
            return await import_people(
                engine.db,
                engine.vault,
                file,
                by=await act_of(engine, organizer),
                on_rejected=on_rejected,
                on_progress=lambda report: progress.update(task, completed=report.bytes_read),
            )

    try:
        report = with_engine(data_dir, do)
    except (BadFile, UnicodeDecodeError) as wrong:
        raise Trouble(f"{file} cannot be imported: {wrong}") from wrong
    finally:
        if report_file is not None:
            report_file.close()
    for text in shown:
        print(text)
    print(f"{report.lines} lines: {report.added} added, {report.changed} changed, {report.rejected} rejected")


@people_app.command()
def find(
    *,
    name: Annotated[str, typer.Option(help="Words of the name, each whole.")] = "",
    email: Annotated[str, typer.Option(help="The address, however it is written.")] = "",
    phone: Annotated[str, typer.Option(help="The number, in international form.")] = "",
    organizer: Annotated[str | None, typer.Option(help="Of this organizer only (default: of all).")] = None,
    show: Annotated[bool, typer.Option("--show", help="In full, which the audit trail notes.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Find people by what they are called, and the account with an address; names and addresses are masked.

    Examples: `aforo people find --email ana@example.org` · `aforo people find --name "ana nuñez" --show`
    """
    from engine.rights import Asked, masked

    if not (name or email or phone):
        raise Trouble("Say by what: --name, --email or --phone.")

    async def do(engine: Engine) -> tuple[list[Match], dict[str, Contact], AccountView | None]:
        found = await engine.looking.find(Asked(name, email, phone), organizer)
        by = await by_of(engine, organizer)
        shown = await engine.looking.read(by, [each.person for each in found]) if show and found else {}
        account = await engine.accounts.by_email(email) if email and organizer is None else None
        return found, shown, account

    found, shown, account = with_engine(data_dir, do)
    if not found and account is None:
        print("Nobody is called so.")
        return
    table = Table(Column("person", no_wrap=True), "organizer", "who", "paid orders", box=None, pad_edge=False)
    for each in found:
        contact = shown.get(each.person)
        who = masked(each.contact) if contact is None else " · ".join(filter(None, contact.wire().values()))
        table.add_row(each.person, each.organizer_id or "-", who, str(each.orders))
    if found:
        Console().print(table)
    if account is not None:
        print(f"account {account.id}")


@people_app.command()
def export(
    people: Annotated[
        list[str] | None, typer.Argument(metavar="[PERSON]…", help="Ids, as `aforo people find` shows them.")
    ] = None,
    account: Annotated[
        list[str] | None, typer.Option(help="This account, and whoever its buyers said they are.")
    ] = None,
    organizer: Annotated[str | None, typer.Option(help="What this organizer knows of its own people only.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-o", help="Write it here (default: to the terminal).")] = None,
    data_dir: DataDir = None,
) -> None:
    """Write everything that is known of people as JSON, for themselves to read; the audit trail notes it.

    Example: `aforo people export prs_… --account acc_… -o ana.json`
    """
    import json

    from engine.refusals import Refused
    from engine.rights import Chosen
    from server.contract.known import known_shape

    if not (people or account):
        raise Trouble("Say of whom: PERSON, or --account.")
    if organizer is not None and account:
        raise Trouble("Accounts are nobody's: leave out --account, or --organizer.")

    async def do(engine: Engine) -> Export | Refused:
        return await engine.known(await by_of(engine, organizer), Chosen(people or [], account or []))

    known = with_engine(data_dir, do)
    if isinstance(known, Refused):
        raise Trouble("Nobody is known by that, or no longer.")
    text = json.dumps(known_shape(known), ensure_ascii=False, indent=2) + "\n"
    if file is None:
        print(text, end="")
        return
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
    print(f"Written to {file}: {sum(len(section.rows) for section in known.sections):,} rows.")


@people_app.command()
def erase(
    people: Annotated[
        list[str] | None, typer.Argument(metavar="[PERSON]…", help="Ids, as `aforo people find` shows them.")
    ] = None,
    account: Annotated[
        list[str] | None,
        typer.Option(help="Close this account and erase it too, with everybody its buyers said they are."),
    ] = None,
    organizer: Annotated[str | None, typer.Option(help="In the name of this organizer: its own people only.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before that.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Erase people for good, in backups too: nobody can read what they were called or where they were reached.

    Their orders, seats and tickets stay. Example: `aforo people erase prs_… prs_… --account acc_…`
    """
    from engine.refusals import accept
    from engine.rights import Chosen, masked

    if not (people or account):
        raise Trouble("Say whom: PERSON, or --account.")
    chosen = Chosen(people or [], account or [])

    async def look(engine: Engine) -> list[Match]:
        async with engine.db.acquire() as connection:
            whom = await engine.choosing.whom(connection, organizer, chosen)
        return [] if whom is None else await engine.looking.matches(whom.people)

    async def do(engine: Engine) -> Erased:
        done: Erased | Refused = await engine.erasing.erase(await by_of(engine, organizer), chosen)
        return accept(done)

    if not yes:
        for each in with_engine(data_dir, look):
            print(f"{each.person}  {masked(each.contact)}  {each.orders} paid orders")
        if not typer.confirm("Erase them for good? Nobody can undo this.", err=True):
            raise Trouble("Nothing was erased.")
    erased = with_engine(data_dir, do)
    kept = f"; the names of {erased.kept} are kept for the tax office" if erased.kept else ""
    print(f"{erased.people} erased ({erased.id}){kept}")


@people_app.command()
def kept(people: PersonIds, data_dir: DataDir = None) -> None:
    """Show the names that tax law keeps of people who were erased; the audit trail notes it.

    Example: `aforo people kept prs_…`
    """

    async def do(engine: Engine) -> list[Kept]:
        return await engine.looking.kept(operator(), people)

    found = with_engine(data_dir, do)
    for each in found:
        print(f"{each.of}  {each.contact.name}  until {each.until:%Y-%m-%d}")
    if not found:
        print("Nothing is kept of them.")


@people_app.command()
def status(data_dir: DataDir = None) -> None:
    """Show which key of the keyring wraps how many people's keys, and what is still to be moved into the vault.

    Example: `aforo people status`
    """

    async def do(engine: Engine) -> tuple[dict[int, int], int, dict[str, int]]:
        return await engine.rewrapping.by_key(), engine.vault.sealer.signing, await engine.moving.left()

    by_key, signing, left = with_engine(data_dir, do)
    for key, people in sorted(by_key.items()):
        print(
            f"key {key} of the keyring wraps the keys of {people:,} people"
            + (", and new ones" if key == signing else "")
        )
    if not by_key:
        print("Nobody is in the vault yet.")
    for name, count in left.items():
        if count:
            print(f"{count:,} {name} are still to be moved into the vault")


@people_app.command()
def retention(data_dir: DataDir = None) -> None:
    """Show what is kept for a while only, for how long and why, which job removes it, and how many are due now.

    Example: `aforo people retention`
    """
    from engine.limits import RETENTION_DUE_SHOWN_MAX
    from engine.retention import due, rules

    async def do(engine: Engine) -> list[tuple[str, str, str, str, int]]:
        return [
            (rule.kept.name, rule.how_long, rule.kept.why, rule.kept.job, await due(engine.db, rule))
            for rule in rules(engine.contexts)
        ]

    table = Table("what", "kept", "why", "removed by the job", Column("due", justify="right"), box=None, pad_edge=False)
    for *said, count in with_engine(data_dir, do):
        more = "+" if count == RETENTION_DUE_SHOWN_MAX else ""
        table.add_row(*said, f"{count:,}{more}")
    Console().print(table)


async def by_of(engine: Engine, organizer: str | None) -> Act | Actor:
    """Whoever runs a command, in the name of an organizer or for all."""
    return operator() if organizer is None else await act_of(engine, organizer)
