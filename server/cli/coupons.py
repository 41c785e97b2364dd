"""`aforo coupon …`: coupons of an organizer, their codes, and what they brought."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from server.cli.open_engine import DataDir, Organizer, act_of, with_engine
from server.cli.trouble import Trouble, mistakes_in, source_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.audit import Act
    from engine.catalog import Mistake
    from engine.coupons import Batch, CodeView, CouponView
    from engine.engine import Engine
    from engine.orders import CouponReport
    from engine.refusals import Refused

coupon_app = typer.Typer(help="Make coupons, draw and revoke codes, see what came of them.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(metavar="COUPON", help="Its key, such as DESCONTO10, or its id.")]
Sale = Annotated[str | None, typer.Option(help="Of which sale, where several have a coupon of this key.")]


@coupon_app.command()
def create(
    file: Annotated[Path, typer.Argument(metavar="FILE.yaml", help="Coupons, as docs/coupons.md describes them.")],
    sale: Annotated[str | None, typer.Option(help="They belong to this sale; else to all of the organizer's.")] = None,
    currency: Annotated[str | None, typer.Option(help="Of their sums, where they belong to no sale.")] = None,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Make the coupons of a file, each below its key; all of them, or none.

    Example: `aforo coupon create summer.yaml --sale jazz`
    """
    source = source_of(file)
    tree, lines = source.tree, source.lines
    if isinstance(tree, dict) and "coupons" in tree:
        tree = tree["coupons"]
        lines = {path[1:]: line for path, line in lines.items() if path[:1] == ("coupons",)}
    if not isinstance(tree, dict) or not tree:
        raise Trouble(f"{file} has no coupons: write each below its key, as in 'SUMMER10: {{percent: 10}}'.")

    async def do(engine: Engine) -> list[CouponView] | list[Mistake]:
        act = await act_of(engine, organizer)
        return await engine.coupons.make_all(act, tree, sale=sale, currency=currency, lines=lines)

    made = with_engine(data_dir, do)
    from engine.coupons import CouponView, sentence

    coupons = [each for each in made if isinstance(each, CouponView)]
    mistakes = [each for each in made if not isinstance(each, CouponView)]
    if mistakes:
        raise mistakes_in(file, mistakes)
    for each in coupons:
        print(f"{each.coupon.key}: {sentence(each.coupon)}")


@coupon_app.command()
def generate(
    coupon: Which,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="How many codes, each for one use.")],
    *,
    partner: Annotated[str, typer.Option(help="Whom they are for, as reports say it.")],
    link: Annotated[str, typer.Option(help="The address of this site: print links that carry the codes.")] = "",
    sale: Sale = None,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Draw codes for a partner; prints them, one per line.

    Example: `aforo coupon generate SUMMER10 200 --partner "Radio Norte" > codes.txt`
    """

    async def do(engine: Engine) -> tuple[CouponView, tuple[Batch, list[str]] | Refused | list[Mistake]]:
        act = await act_of(engine, organizer)
        found = await one(engine, act, coupon, sale)
        return found, await engine.coupons.batches.generate(act, found.coupon.id, number, partner)

    from engine.coupons import grouped

    found, drawn = with_engine(data_dir, do)
    if isinstance(drawn, list):
        raise Trouble("\n".join(map(str, drawn)))
    if not isinstance(drawn, tuple):
        raise Trouble(f"There is no coupon {coupon}; `aforo coupon list` names them.")
    batch, codes = drawn
    of_sale = found.coupon.sale_id or sale
    if link and of_sale is None:
        raise Trouble(f"{coupon} belongs to no sale: say with --sale whose page the links are of.")
    for code in codes:
        print(f"{link.rstrip('/')}/s/{of_sale}?code={grouped(code)}" if link else grouped(code))
    print(f"Batch {batch.id} for {batch.partner}: {batch.codes} codes.", file=sys.stderr)


@coupon_app.command("list")
def list_(
    sale: Annotated[str | None, typer.Option(help="Those that count in this sale.")] = None,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """List coupons: what each does, its codes, and how much of it is used.

    Example: `aforo coupon list --sale jazz`
    """

    async def do(engine: Engine) -> tuple[list[CouponView], Mapping[str, str]]:
        act = await act_of(engine, organizer)
        return await engine.coupons.all_of(act.organizer_id, sale), await engine.coupons.segment_names(act.organizer_id)

    from engine.coupons import sentence
    from engine.money import decimal_amount

    coupons, segments = with_engine(data_dir, do)
    table = Table(Column("key", no_wrap=True), "sale", "does", "codes", "uses", "off", box=None, pad_edge=False)
    for each in coupons:
        coupon, counted = each.coupon, each.counted
        codes = "automatic" if coupon.automatic else ", ".join(each.codes)
        codes += f" and {each.drawn:,} drawn" if each.drawn else ""
        uses = str(counted.uses) if coupon.limits.uses is None else f"{counted.uses} of {coupon.limits.uses}"
        off = decimal_amount(counted.money, coupon.rule.currency) if coupon.rule.currency else str(counted.money)
        key = f"{coupon.key} (ended)" if coupon.ended else coupon.key
        table.add_row(escape(key), coupon.sale_id or "all", escape(sentence(coupon, dict(segments))), codes, uses, off)
    Console().print(table)


@coupon_app.command()
def codes(
    coupon: Which,
    batch: Annotated[str | None, typer.Option(help="Those of one batch.")] = None,
    sale: Sale = None,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Export the codes of a coupon as CSV: code, partner, uses, whether it is revoked.

    Example: `aforo coupon codes SUMMER10 > codes.csv`
    """

    async def do(engine: Engine) -> list[CodeView]:
        act = await act_of(engine, organizer)
        found = await one(engine, act, coupon, sale)
        return await engine.coupons.batches.codes(act.organizer_id, found.coupon.id, batch)

    from engine.coupons import grouped
    from engine.tables import table_row

    print(table_row(("code", "batch", "partner", "uses", "uses_max", "revoked")), end="")
    for each in with_engine(data_dir, do):
        used = (each.uses, each.uses_max, "yes" if each.revoked else "")
        print(table_row((grouped(each.code), each.batch, each.partner, *used)), end="")


@coupon_app.command()
def revoke(
    coupon: Which,
    *,
    code: Annotated[str | None, typer.Option(help="This code counts no more.")] = None,
    batch: Annotated[str | None, typer.Option(help="Nor do those of this batch that are not used.")] = None,
    sale: Sale = None,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Revoke a code or a batch, or, with neither, end the coupon. What was bought with it stays.

    Example: `aforo coupon revoke SUMMER10 --batch bat_…`
    """

    async def do(engine: Engine) -> int | CouponView | Refused:
        from engine.coupons import folded

        act = await act_of(engine, organizer)
        found = await one(engine, act, coupon, sale)
        if code is None and batch is None:
            return await engine.coupons.end(act, found.coupon.id)
        known = None if code is None else folded(code)
        return await engine.coupons.batches.revoke(act, found.coupon.id, batch=batch, code=known)

    from engine.refusals import Refused

    if code is not None and batch is not None:
        raise Trouble("Name a code or a batch, not both.")
    done = with_engine(data_dir, do)
    if isinstance(done, Refused):
        raise Trouble(f"{coupon} has no such {'code' if batch is None else 'batch'}.")
    print(f"{done:,} codes revoked." if isinstance(done, int) else f"{coupon} has ended.")


@coupon_app.command()
def report(coupon: Which, sale: Sale = None, organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """What a coupon brought, by code and partner, beside what orders without it came to.

    Example: `aforo coupon report SUMMER10`
    """

    async def do(engine: Engine) -> CouponReport:
        found = await one(engine, await act_of(engine, organizer), coupon, sale)
        return await engine.orders.coupon_report(found.coupon.id)

    from engine.money import money

    found = with_engine(data_dir, do)
    table = Table("code", "partner", "uses", "tickets", "off", "paid", box=None, pad_edge=False)
    for each in found.brought:
        off, paid = (money(amount, each.currency, "en") for amount in (each.discount, each.captured))
        table.add_row(each.code or "", escape(each.partner or ""), str(each.uses), str(each.tickets), off, paid)
    Console().print(table if found.brought else f"{coupon} was not used yet.")
    for said, sales in (("Without it, meanwhile", found.without), ("Without it, in as long before", found.before)):
        for sold in sales:
            print(f"{said}: {sold.orders} orders, {money(sold.captured, sold.currency, 'en')}")


async def one(engine: Engine, act: Act, which: str, sale: str | None) -> CouponView:
    """An organizer's coupon by its key or id; one that has ended only by its id."""
    found = [
        each
        for each in await engine.coupons.all_of(act.organizer_id, sale)
        if each.coupon.id == which or (each.coupon.key.casefold() == which.casefold() and not each.coupon.ended)
    ]
    if not found:
        raise Trouble(f"There is no coupon {which}; `aforo coupon list` names them.")
    if len(found) > 1:
        sales = ", ".join(each.coupon.sale_id or "no sale" for each in found)
        raise Trouble(f"There are several coupons {which}, of {sales}: say which with --sale, or by its id.")
    return found[0]
