"""`aforo organizer …`: what an organizer says of itself to buyers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from server.cli.open_engine import DataDir, Organizer, act_of, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.access import OrganizerView
    from engine.engine import Engine

organizer_app = typer.Typer(help="Show and change what buyers see of an organizer.", no_args_is_help=True)


@organizer_app.command()
def show(organizer: Organizer = None, data_dir: DataDir = None) -> None:
    """Show an organizer as buyers see it.

    Example: `aforo organizer show`
    """

    async def do(engine: Engine) -> OrganizerView | None:
        return await engine.organizers.view((await act_of(engine, organizer)).organizer_id)

    shown(with_engine(data_dir, do))


@organizer_app.command()
def change(
    *,
    name: Annotated[str | None, typer.Option(help="The name buyers see.")] = None,
    terms: Annotated[Path | None, typer.Option(help="A file with the terms buyers accept, as plain text.")] = None,
    terms_url: Annotated[str | None, typer.Option(help="Where the terms, or more of them, stand.")] = None,
    no_terms: Annotated[bool, typer.Option("--no-terms", help="Buyers accept nothing any more.")] = False,
    refund_rule: Annotated[str | None, typer.Option(help="When money is given back, in a few words.")] = None,
    order_key: Annotated[
        str | None, typer.Option(help="When a buyer chooses the key of an order: required, or before_download.")
    ] = None,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Change what buyers see of an organizer; what is not named stays. Terms that differ have to be accepted anew.

    Example: `aforo organizer change --terms terms.txt --refund-rule "Until two days before the event."`
    """
    if no_terms and (terms or terms_url):
        raise Trouble("--no-terms stands alone.")
    named = {"name": name, "refund_rule": refund_rule, "order_key": order_key}
    named_terms = {"text": None if terms is None else read_text(terms), "url": terms_url}

    async def do(engine: Engine) -> OrganizerView:
        from engine.refusals import accept
        from server.contract.asks import parse
        from server.contract.organizers import OrganizerBody, organizer_shape

        act = await act_of(engine, organizer)
        view = await engine.organizers.view(act.organizer_id)
        if view is None:
            raise Trouble(f"There is no organizer {act.organizer_id}.")
        said = organizer_shape(view)
        stands = {"text": "", "url": ""} if said["terms"] is None or no_terms else said["terms"]
        body = {
            **{part: said[part] for part in ("name", "refund_rule", "order_key")},
            **given(named),
            "terms": {"text": stands["text"], "url": stands["url"], **given(named_terms)},
        }
        return accept(await engine.organizers.change(act, parse(OrganizerBody, body).engine_change()))

    shown(with_engine(data_dir, told(do)))


def told(do: Callable[[Engine], Awaitable[OrganizerView]]) -> Callable[[Engine], Awaitable[OrganizerView]]:
    """Name what is wrong in the options, each in a line."""

    async def run(engine: Engine) -> OrganizerView:
        from engine.refusals import RefusalError

        try:
            return await do(engine)
        except RefusalError as refusal:
            wrong = [f"{each['path']}: {each['message']}" for each in refusal.detail.get("fields", ())]
            raise Trouble("\n".join(wrong) or refusal.message) from refusal

    return run


def given(named: dict[str, str | None]) -> dict[str, str]:
    return {part: value for part, value in named.items() if value is not None}


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise Trouble(f"{path} can't be read as text: {fault}.") from fault


def shown(view: OrganizerView | None) -> None:
    if view is None:
        raise Trouble("There is no such organizer.")
    table = Table("", "", box=None, pad_edge=False, show_header=False)
    table.add_row("organizer", view.id)
    table.add_row("name", escape(view.name))
    table.add_row("terms", f"version {view.terms.version}" if view.terms else "none")
    if view.terms:
        table.add_row("", escape(view.terms.text))
        table.add_row("", escape(view.terms.url))
    table.add_row("refund rule", escape(view.refund_rule))
    table.add_row("order key", view.order_key.value)
    Console().print(table)
