"""`aforo account …`: accounts of people who log in. No command knows a password: they print links to choose one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from server.cli.open_engine import DataDir, Organizer, act_of, operator, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.accounts import AccountView
    from engine.engine import Engine
    from engine.refusals import Refused

account_app = typer.Typer(help="Create, list, reset and close accounts, and give them roles.", no_args_is_help=True)

LISTED_MAX = 500
Who = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its address, or its id, acc_….")]


@account_app.command()
def create(
    email: Annotated[str, typer.Argument(metavar="EMAIL")],
    name: Annotated[str, typer.Option(help="What letters and members call them.")] = "",
    locale: Annotated[str, typer.Option(help="Language of letters: en, es or pt.")] = "en",
    *,
    organizer_name: Annotated[str | None, typer.Option(help="Make an organizer that the account owns.")] = None,
    as_operator: Annotated[bool, typer.Option("--operator", help="With the role of the installation.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Create an account, and print a link, good once, by which its owner chooses a password.

    Example: `aforo account create ana@example.org --name Ana --organizer-name "Sala Norte"`
    """
    from engine.accounts import Registration

    wanted = Registration(address(email), "", name, locale, organizer_name or "")

    async def do(engine: Engine) -> str | Refused:
        return await engine.accounts.registering.create(wanted, operator(), operator=as_operator)

    print(link_of(with_engine(data_dir, do)))


@account_app.command()
def grant(
    account: Who,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="owner, manager, editor, box_office …")],
    *,
    organizer: Organizer = None,
    event: Annotated[list[str] | None, typer.Option(help="Only in this event; may be repeated.")] = None,
    venue: Annotated[list[str] | None, typer.Option(help="Only at this venue; may be repeated.")] = None,
    until: Annotated[datetime | None, typer.Option(help="When it ends, in UTC, as in 2027-01-31.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Give an account a role for an organizer; it becomes a member.

    Example: `aforo account grant ana@example.org box_office --until 2027-01-31`
    """
    from engine.access import Role, Scope

    if role not in {each.value for each in Role}:
        raise Trouble(f"There is no role {role}; there are: {', '.join(each.value for each in Role)}.")
    scope, ends = Scope(frozenset(event or ()), frozenset(venue or ())), until and until.replace(tzinfo=UTC)
    if Role(role) is Role.OWNER and (ends is not None or not scope.is_everything):
        raise Trouble("An owner is one of the whole organizer, without an end.")

    async def do(engine: Engine) -> str:
        found, by = await found_in(engine, account), await act_of(engine, organizer)
        async with engine.db.acquire() as connection, connection.transaction():
            given = await engine.accounts.grants.add(connection, by, found.id, Role(role), scope=scope, until=ends)
            await engine.accounts.sessions.renew(connection, found.id)
        return given

    print(with_engine(data_dir, do))


@account_app.command()
def reset(account: Who, data_dir: DataDir = None) -> None:
    """Print a link, good once and for three days, by which an account chooses a new password.

    Example: `aforo account reset ana@example.org`
    """

    async def do(engine: Engine) -> str | Refused:
        found = await found_in(engine, account)
        return await engine.accounts.registering.link(found.id, operator())

    print(link_of(with_engine(data_dir, do)))


@account_app.command("list")
def list_(
    part: Annotated[str, typer.Argument(metavar="[TEXT]", help="Only addresses that hold this.")] = "",
    data_dir: DataDir = None,
) -> None:
    """List open accounts, the oldest first.

    Example: `aforo account list @example.org`
    """

    async def do(engine: Engine) -> list[AccountView]:
        return await engine.accounts.list(part.lower(), LISTED_MAX)

    table = Table("account", "address", "name", "language", "password", "operator", "created", box=None, pad_edge=False)
    for each in with_engine(data_dir, do):
        marks = ("yes" if each.has_password else "", "yes" if each.operator else "")
        table.add_row(each.id, each.email, each.name, each.locale, *marks, f"{each.created_at:%Y-%m-%d}")
    Console().print(table)


@account_app.command()
def close(account: Who, data_dir: DataDir = None) -> None:
    """Close an account for good: its sessions end, its address is free again.

    Example: `aforo account close ana@example.org`
    """

    async def do(engine: Engine) -> Refused | None:
        found = await found_in(engine, account)
        return await engine.accounts.changing.close(found.id, operator())

    refused = with_engine(data_dir, do)
    if refused is not None:
        raise Trouble(refused.code.sentence)
    print(f"{account} is closed")


async def found_in(engine: Engine, account: str) -> AccountView:
    """The open account with this address or id."""
    accounts = engine.accounts
    found = await (accounts.by_email(address(account)) if "@" in account else accounts.view(account))
    if found is None or found.closed_at is not None:
        raise Trouble(f"There is no account {account}; `aforo account list` names them.")
    return found


def address(text: str) -> str:
    from engine.messages import email_address

    try:
        return email_address(text)
    except ValueError as error:
        raise Trouble(f"{text} {error}.") from error


def link_of(made: str | Refused) -> str:
    if isinstance(made, str):
        return made
    raise Trouble(made.code.sentence)
