"""`aforo verify`: checks every invariant."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.open_engine import DataDir, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.context import Violation
    from engine.engine import Engine

VIOLATIONS_FOUND = 3


def verify(
    sale: Annotated[str | None, typer.Argument(metavar="SALE", help="The id of the sale.")] = None,
    all_sales: Annotated[bool, typer.Option("--all", help="Every sale that is live, and what else must hold.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Check every invariant of a sale against the live stores; exits with 3 if one is broken.

    Examples: `aforo verify jazz` · `aforo verify --all --json`
    """
    from engine.catalog.model import SaleKind
    from engine.verify import verify as verify_sale
    from engine.verify import verify_contexts

    if (sale is None) == (not all_sales):
        raise Trouble("Name one sale, or say --all.")

    async def do(engine: Engine) -> dict[str, list[Violation]]:
        kind_of = engine.catalog.kinds.of
        live = await engine.keeper.live_sales()
        sales = [each for each in live if await kind_of(each) is not SaleKind.REHEARSAL] if sale is None else [sale]
        if sale is not None and await engine.catalog.reach(sale) is None:
            raise Trouble(f"There is no sale {sale}; `aforo sale list` names them.")
        found = await asyncio.gather(*(verify_sale(engine, each) for each in sales))
        checked = dict(zip(sales, found, strict=True))
        return checked if sale is not None else {**checked, **await verify_contexts(engine)}

    found = with_engine(data_dir, do)
    violations = sum(map(len, found.values()))
    if as_json:
        listed = {
            name: [{"invariant": each.invariant, "subject": each.subject, "text": each.text} for each in broken]
            for name, broken in found.items()
        }
        print(json.dumps({"sales": listed, "violations": violations}, indent=2))
    else:
        for name, broken in found.items():
            print(f"{name}: {'all invariants hold' if not broken else f'{len(broken)} violations'}")
            for each in broken:
                print(f"  invariant {each.invariant}: {each.subject}: {each.text}")
    if violations:
        raise typer.Exit(VIOLATIONS_FOUND)
