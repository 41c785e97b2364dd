"""`aforo credit …`: credit and vouchers of an organizer: issued, listed, shown, revoked."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from server.cli.open_engine import DataDir, Organizer, act_of, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.catalog import Mistake
    from engine.credit import CreditView, EntryView, Granted
    from engine.engine import Engine
    from engine.refusals import Refused

credit_app = typer.Typer(help="Issue credit and vouchers, see what is left of them, revoke them.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(metavar="CREDIT", help="Its id, such as crd_…, as `aforo credit list` shows it.")]


@credit_app.command()
def issue(
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Of each, such as 25 or 12.50.")],
    currency: Annotated[str, typer.Argument(metavar="CURRENCY", help="Such as EUR.")],
    *,
    why: Annotated[str, typer.Option(help="What it is given for; its owner reads it.")],
    to: Annotated[str, typer.Option(help="Whose it is: an e-mail address. Else it is a voucher, with a code.")] = "",
    number: Annotated[int, typer.Option(help="How many vouchers.")] = 1,
    expires: Annotated[datetime | None, typer.Option(help="Until when it may be spent, in UTC.")] = None,
    sale: Annotated[list[str] | None, typer.Option(help="It is for this sale alone; may be given again.")] = None,
    minimum: Annotated[str, typer.Option(help="What an order must cost at least.")] = "0",
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Issue a voucher, several, or credit of somebody; prints the codes, which are told this once.

    Example: `aforo credit issue 25 EUR --why "Rained off" --number 10 --expires 2027-12-31 > codes.txt`
    """
    from engine.credit import Granted, Issue, Restriction
    from engine.ids import new_id

    rule = Restriction(
        None if expires is None else expires.replace(tzinfo=UTC), tuple(sale or ()), minor(minimum, currency)
    )
    asked = Issue(minor(amount, currency), currency, why, new_id("req"), number, to, rule)

    async def do(engine: Engine) -> tuple[Granted, ...] | list[Mistake]:
        return await engine.credit.issue(await act_of(engine, organizer), asked)

    granted = with_engine(data_dir, do)
    given = [each for each in granted if isinstance(each, Granted)]
    if not given:
        raise Trouble("\n".join(map(str, granted)))
    for each in given:
        if each.code is not None:
            print(each.code)
    said = f"credit for {to}" if to else f"{len(given)} {'voucher' if len(given) == 1 else 'vouchers'}"
    print(f"Issued {said}: {', '.join(each.credit for each in given[:3])}{'…' if given[3:] else ''}", file=sys.stderr)


@credit_app.command("list")
def list_(
    to: Annotated[str | None, typer.Option(help="That of this e-mail address.")] = None,
    code: Annotated[str | None, typer.Option(help="The voucher with this code, or those that end so.")] = None,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """List credit and vouchers: what is left of each, until when, and what it was given for.

    Example: `aforo credit list --code TDRP`
    """

    async def do(engine: Engine) -> list[CreditView]:
        act = await act_of(engine, organizer)
        return await engine.credit.all_of(act.organizer_id, email=to, typed=code)

    table = Table(Column("id", no_wrap=True), "kind", "left", "of", "until", "for", box=None, pad_edge=False)
    for each in with_engine(data_dir, do):
        table.add_row(each.credit.id, *row_of(each))
    Console().print(table)


@credit_app.command()
def show(credit: Which, organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """Show one, with every change of it.

    Example: `aforo credit show crd_…`
    """

    async def do(engine: Engine) -> tuple[CreditView | Refused, list[EntryView]]:
        act = await act_of(engine, organizer)
        return await engine.credit.one(act.organizer_id, credit), await engine.credit.history(act.organizer_id, credit)

    from engine.money import money

    found, entries = with_engine(data_dir, do)
    view = there(found, credit)
    kind, left, given, until, _ = row_of(view)
    print(f"{kind}, {left} left of {given}, until {until or 'ever'}: {view.why}")
    table = Table("when", "what", "amount", "order", "by", box=None, pad_edge=False)
    for each in entries:
        amount = money(each.amount, view.credit.currency, "en")
        table.add_row(f"{each.at:%Y-%m-%d %H:%M}", each.kind.value, amount, each.order or "", escape(each.by))
    Console().print(table)


@credit_app.command()
def revoke(credit: Which, organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """Take what is left of it; what was spent stays.

    Example: `aforo credit revoke crd_…`
    """

    async def do(engine: Engine) -> CreditView | Refused:
        return await engine.credit.revoke(await act_of(engine, organizer), credit)

    there(with_engine(data_dir, do), credit)
    print(f"{credit} is revoked; nothing is left of it.")


def there(found: CreditView | Refused, credit: str) -> CreditView:
    from engine.credit import CreditView

    if not isinstance(found, CreditView):
        raise Trouble(f"There is no credit {credit}; `aforo credit list` names it.")
    return found


def row_of(view: CreditView) -> tuple[str, str, str, str, str]:
    from engine.money import money

    credit = view.credit
    kind = f"voucher …{credit.code_end}" if credit.code_end else "credit"
    until = "" if credit.expires_at is None else f"{credit.expires_at:%Y-%m-%d}"
    left, given = (money(amount, credit.currency, "en") for amount in (credit.balance, view.given))
    return f"{kind} (revoked)" if credit.revoked else kind, left, given, until, escape(view.why)


def minor(amount: str, currency: str) -> int:
    from engine.money import minor_units

    try:
        return minor_units(Decimal(amount), currency)
    except InvalidOperation:
        raise Trouble(f"{amount} is no amount: write it as 25 or 12.50.") from None
    except ValueError as error:
        raise Trouble(f"{amount} {error}.") from None
