"""`aforo event …`: what an event sold is given back, once it was cancelled."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from server.cli.open_engine import DataDir, Organizer, act_of, with_engine
from server.cli.trouble import Trouble

if TYPE_CHECKING:
    from engine.catalog import EventShown
    from engine.engine import Engine
    from engine.orders import Foreseen, Offer, Scope

event_app = typer.Typer(help="Cancel events, and give back what they sold.", no_args_is_help=True)


@event_app.command()
def cancel(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="Its id, as `aforo sale show` says it.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be given back; change nothing.")] = False,
    give_back: Annotated[bool, typer.Option("--give-back", help="Give back all that it sold.")] = False,
    keep_fees: Annotated[bool, typer.Option("--keep-fees", help="Keep what was asked besides the tickets.")] = False,
    place: Annotated[
        list[str] | None, typer.Option(help="Only this section or pool; the event itself is not cancelled then.")
    ] = None,
    give_as: Annotated[
        str,
        typer.Option("--as", help="What is given: origin, credit or voucher; with --choices, otherwise."),
    ] = "origin",
    bonus: Annotated[int, typer.Option(min=0, max=100, help="On top of credit and vouchers, in percent.")] = 0,
    choices: Annotated[str, typer.Option(help="What buyers choose from, as origin,credit,voucher.")] = "",
    choose_until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="Until when, by UTC.")
    ] = None,
    organizer: Organizer = None,
    data_dir: DataDir = None,
) -> None:
    """Cancel an event for good, and close its sales; with --give-back, whoever paid gets the money back.

    Interrupted, it is gone on with by the workers, or by the same command.

    Examples: `aforo event cancel evt_4Kq --dry-run` · `aforo event cancel evt_4Kq --give-back` ·
    `aforo event cancel evt_4Kq --give-back --choices origin,voucher --choose-until 2027-01-31 --bonus 10`
    """
    offer = offer_of(give_as, choices, choose_until, bonus)

    from engine.refusals import accept

    async def do(engine: Engine) -> None:
        by = await act_of(engine, organizer)
        shown = await engine.catalog.events.one(by.organizer_id, event)
        if shown is None:
            raise Trouble(f"There is no event {event} of yours; `aforo sale list` shows what you sell.")
        scope = scope_of(shown, tuple(place or ()), fees=not keep_fees, offer=offer)
        foreseen = await engine.orders.cancelling.foresee(by.organizer_id, scope)
        tell(shown, accept(foreseen))
        if dry_run:
            print("Nothing was changed.")
            return
        if not place:
            accept(await engine.catalog.events.cancel(by, event))
            print("The event is cancelled, and its sales are closed.")
        if give_back:
            begun = accept(await engine.orders.cancelling.begin(by, f"cancel {event} {sorted(place or ())}", scope))
            await follow(engine, by.organizer_id, event, begun.id)

    with_engine(data_dir, do)


def offer_of(give_as: str, choices: str, until: datetime | None, bonus: int) -> Offer:
    from engine.orders import Choice, Offer

    words = [each.strip() for each in choices.split(",") if each.strip()]
    known = [each.value for each in Choice if each is not Choice.KEEP]
    for each in (give_as, *words):
        if each not in known:
            raise Trouble(f"{each} can't be given: say {', '.join(known)}.")
    until = None if until is None else until.replace(tzinfo=UTC)
    offer = Offer(Choice(give_as), tuple(Choice(each) for each in words), until, bonus)
    if offer.mistake is not None:
        path, why = offer.mistake
        raise Trouble(f"--{path.replace('_percent', '').replace('otherwise', 'as').replace('_', '-')}: {why}.")
    return offer


def scope_of(shown: EventShown, places: tuple[str, ...], *, fees: bool, offer: Offer) -> Scope:
    from engine.orders import Scope

    return Scope(shown.event.id, tuple(sale.id for sale in shown.sales), places, fees, offer=offer)


def tell(shown: EventShown, foreseen: Foreseen) -> None:
    from engine.money import money
    from engine.orders import Way

    def said(amount: int) -> str:
        return money(amount, foreseen.currency, "en") if foreseen.currency else "0"

    print(f"{shown.event.name}: {foreseen.orders} orders of {foreseen.people} people, {foreseen.lines} lines.")
    print(f"Goes back to where it came from: {said(foreseen.amounts.get(Way.PROVIDER, 0))}.")
    if by_hand := foreseen.amounts.get(Way.BY_HAND, 0):
        print(f"Was taken in by members, who give it back themselves: {said(by_hand)}.")
    if as_credit := foreseen.amounts.get(Way.CREDIT, 0) + foreseen.amounts.get(Way.VOUCHER, 0):
        print(f"Becomes credit or vouchers: {said(as_credit)}, and {said(foreseen.bonus)} on top.")
    if foreseen.kept:
        print(f"Is kept: {said(foreseen.kept)}.")
    if foreseen.refused:
        print(f"{foreseen.refused} orders can't be given back so; look at them one by one.")


async def follow(engine: Engine, organizer: str, event: str, cancellation: str) -> None:
    """Give back order by order, and say how far it is; workers may do it at the same time."""
    cancelling = engine.orders.cancelling
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Giving back", total=None)
        while (found := await cancelling.one(organizer, event, cancellation)) is not None and found.state == "running":
            progress.update(task, total=max(found.orders, 1), completed=found.orders - found.waiting)
            if await cancelling.step() == 0 and found.asked:
                break
    if found is None:
        raise Trouble("The cancellation is gone.")
    given = found.orders - found.refused - found.asked
    print(f"{given} of {found.orders} orders are given back ({found.state}).")
    if found.asked:
        print(f"{found.asked} buyers may choose still; workers go on with it.")
    if found.failed:
        print(f"{found.failed} refunds are not given back by the provider: they wait on the pages of their orders.")
