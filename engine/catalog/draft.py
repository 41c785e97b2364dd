"""From what an organizer wrote to a sale that can be stored: what the fields mean together.

Pure: time and what is stored already come in as arguments. Guarantees: either a whole `SaleDraft`, or every mistake.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from engine.catalog.allocation_parts import AllocationDraft, seats_of, sections_of, units_of
from engine.catalog.coupons import CouponGround
from engine.catalog.days import Day, Lasts, read_admits, read_days, written_admits
from engine.catalog.draft_stock import Stock, read_stock
from engine.catalog.due_inputs import TaxInput
from engine.catalog.dues import Priced, fitting, read_dues
from engine.catalog.entry import Entering
from engine.catalog.fields import Input
from engine.catalog.findings import Findings, read_moment, read_zone
from engine.catalog.inputs import EventText, RoomInput, SaleInput, VenueInput
from engine.catalog.layout import Layout
from engine.catalog.local_time import Moment, local_of
from engine.catalog.mistakes import Lines, Path, mistakes_of, nearest
from engine.catalog.model import NO_DUES, Dues, Entry, Phase, RoomPlan, TypeRule, Unlock, counted
from engine.catalog.names import id_of, shown_name
from engine.catalog.phases import Around, read_phases
from engine.catalog.questions import Question, read_questions
from engine.catalog.ticket_types import read_type_numbers, read_type_rules
from engine.catalog.unlocks import check_allocations, check_hidden, read_unlocks, unlocked_by
from engine.limits import CART_MS_MIN
from engine.money import CURRENCIES

InputT = TypeVar("InputT", bound=Input)

LOBBY_BEFORE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class KnownEvent:
    """An event that is stored already."""

    id: str
    name: str
    zone: str
    starts_at: datetime
    venue_id: str | None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the store says about the ids that a sale names."""

    sale_taken: bool = False
    event: KnownEvent | None = None
    venue_found: bool = False
    layout: Layout | None = None
    taxes: Mapping[str, TaxInput] = field(default_factory=dict)  # of the venue's country, for a sale that says none


@dataclass(frozen=True, slots=True)
class EventDraft:
    name: str
    description: str
    kind: str
    picture: str
    performers: tuple[str, ...]
    zone: str
    starts_at: datetime
    ends_at: datetime | None

    @property
    def starts_local(self) -> datetime:
        """What the clocks of its zone show then."""
        return local_of(self.starts_at, self.zone)

    @property
    def ends_local(self) -> datetime | None:
        return None if self.ends_at is None else local_of(self.ends_at, self.zone)


def event_draft(name: str, read: EventText, zone: str, starts_at: datetime, ends_at: datetime | None) -> EventDraft:
    return EventDraft(name, read.description, read.kind, read.picture, tuple(read.performers), zone, starts_at, ends_at)


@dataclass(frozen=True, slots=True)
class Window:
    """When a sale is shown, gathers, opens and closes."""

    visibility: str
    public_at: datetime | None
    lobby_at: datetime | None
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class SaleDraft:
    """A sale, valid and not stored yet."""

    id: str | None
    event: EventDraft | None
    event_id: str | None
    venue: VenueInput | None
    venue_id: str | None
    layout_version: int | None
    currency: str
    window: Window
    person_max: int
    cart_ms: int
    room: RoomPlan | None
    entry: Entry
    stock: Stock
    allocations: tuple[AllocationDraft, ...] = ()
    questions: tuple[Question, ...] = ()
    tax_identity: bool = False
    type_rules: Mapping[str, TypeRule] = field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    days: tuple[Day, ...] = ()
    admits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unlocks: tuple[Unlock, ...] = ()
    dues: Dues = NO_DUES
    coupons: Sequence[Any] = ()  # as those who keep them read them


def read_sale_input(tree: Any, findings: Findings, lines: Lines) -> SaleInput | None:
    """The input field by field. Where fields are wrong the rest is still read, so that all mistakes come at once."""
    try:
        return SaleInput.model_validate(tree)
    except ValidationError as error:
        findings.take(mistakes_of(error, SaleInput, tree, lines))
    try:
        return SaleInput.model_validate(_without(tree, findings.paths))
    except ValidationError:
        return None


# Placeholders for required fields that are missing or wrong, so that the others can be checked too.
_STAND_INS: Mapping[str, Any] = {"currency": "EUR", "opens": "now", "price": 0, "capacity": 1, "name": "-", "ask": "-"}


def _without(tree: Any, wrong: list[Path]) -> Any:
    rest = copy.deepcopy(tree)
    for path in wrong:
        here = rest
        for step in path[:-1]:
            here = here.get(step) if isinstance(here, dict) else None
        if isinstance(here, dict) and path:
            last = str(path[-1])
            here.pop(last, None)
            if last in _STAND_INS and (len(path) < 3 or path[0] in ("sections", "pools", "questions")):
                here[last] = _STAND_INS[last]
            elif path[0] == "days" and last == "starts":
                here[last] = _STAND_INS["opens"]
    return rest


def read_input(model: type[InputT], body: Any, findings: Findings) -> InputT | None:
    """The input, or None when `findings` has what is wrong with it."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        findings.take(mistakes_of(error, model, body if isinstance(body, Mapping) else {}, findings.lines))
        return None


def compose_sale(
    read: SaleInput, known: Known, now: datetime, findings: Findings, entering: Entering
) -> SaleDraft | None:
    """The whole sale; None when `findings` has anything in it."""
    if known.sale_taken:
        findings.add(("id",), "is the id of another sale")
    event, zone = _event(read, known, now, findings)
    _check_currency(read, findings)
    _venue(read, known, findings)
    lasts = _lasts(event or known.event)
    window = _window(read, zone, now, lasts.starts_at, findings)
    cart_ms = _cart_ms(read, findings)
    stock = read_stock(read, known.layout, findings)
    allocations = _allocations(read, stock, zone, now, findings)

    def moment_of(moment: Moment | None, path: Path) -> datetime | None:
        return read_moment(moment, path, zone, now, findings)

    rules = read_type_rules(read, stock, moment_of, findings)
    check_hidden(stock.prices, stock.written, rules, findings)
    unlocks = read_unlocks(read.unlocks, rules, entering.mark_code, findings, named_by=unlocked_by(read.coupons))
    check_allocations(read.unlocks, read.phases, {each.id: bool(each.units) for each in allocations}, findings)
    days = read_days(read.days, moment_of, lasts, findings)
    admits = read_admits(written_admits(read, stock), stock.pools, days, findings)
    stock = replace(stock, pools=(*stock.pools, *read_type_numbers(read, stock, findings)))
    dues, coupons = _dues(read, known, stock, findings), _coupons(read, stock, (zone, now), findings, entering)
    questions = read_questions(read.questions, stock.prices, findings)
    entry = entering.plan(read.entry, ("entry",), findings)
    sold = {place: types for place, types in stock.prices.items() if place not in stock.zones}
    phases: tuple[Phase, ...] = ()
    if window is not None:
        around = Around(sold, window.opens_at, window.closes_at, entry, zone, now, entering)
        phases = read_phases(read.phases, around, findings)
    if findings.paths or window is None:
        return None
    return SaleDraft(
        id=read.id,
        event=event,
        event_id=read.event_id,
        venue=read.venue,
        venue_id=read.venue_id or (known.event.venue_id if known.event and read.venue is None else None),
        layout_version=read.layout,
        currency=read.currency,
        window=window,
        person_max=read.person_max,
        cart_ms=cart_ms,
        room=room_plan(read.room),
        entry=entry,
        stock=stock,
        allocations=allocations,
        questions=questions,
        tax_identity=read.tax_identity,
        type_rules=rules,
        phases=phases,
        days=days,
        admits=admits,
        unlocks=unlocks,
        dues=dues,
        coupons=coupons,
    )


def _lasts(event: EventDraft | KnownEvent | None) -> Lasts:
    return Lasts(None, None) if event is None else Lasts(event.starts_at, event.ends_at)


def _cart_ms(read: SaleInput, findings: Findings) -> int:
    cart_ms = int(read.cart_minutes * 60_000)
    if cart_ms < CART_MS_MIN:
        findings.add(("cart_minutes",), f"must be {CART_MS_MIN / 60_000:.3f} or more")
    return cart_ms


def _check_currency(read: SaleInput, findings: Findings) -> None:
    if read.currency not in CURRENCIES and findings.fine(("currency",)):
        findings.add(("currency",), f"is not a known currency{nearest(read.currency, CURRENCIES)}")


def _dues(read: SaleInput, known: Known, stock: Stock, findings: Findings) -> Dues:
    priced = Priced(stock.types, [each.id for each in stock.products], read.currency)
    taxes = read.taxes if "taxes" in read.model_fields_set else fitting(known.taxes, priced, read.fees)
    return read_dues(taxes, read.fees, priced, findings)


def _coupons(
    read: SaleInput, stock: Stock, on: tuple[ZoneInfo | None, datetime], findings: Findings, entering: Entering
) -> Sequence[Any]:
    zone, now = on
    ground = CouponGround(
        zone or ZoneInfo("UTC"),
        now,
        read.currency,
        stock.types,
        [each.id for each in stock.products],
        stock.prices,
        [id_of(key) for key in read.unlocks],
        entering.segments,
    )
    return entering.coupons.read(read.coupons, ground, findings)


def _allocations(
    read: SaleInput, stock: Stock, zone: ZoneInfo | None, now: datetime, findings: Findings
) -> tuple[AllocationDraft, ...]:
    """What is withheld from the first, none of it twice, and of no pool more than it has."""
    found: dict[str, AllocationDraft] = {}
    taken: set[int] = set()
    pools, units = {pool.id: pool for pool in stock.pools}, Counter[str]()
    for_sale = sections_of(stock.layout, stock.prices)
    for key, each in read.allocations.items():
        path: Path = ("allocations", key)
        made = id_of(key)
        if not made or made in found:
            findings.add(
                path, "has the same id as another one" if made else "needs a name with letters or digits in it"
            )
        release_at = read_moment(each.release, (*path, "release"), zone, now, findings)
        if release_at is not None and release_at <= now:
            findings.add((*path, "release"), "is in the past")
        seats = seats_of(each, path, for_sale, taken, findings)
        withheld = units_of(each, path, pools, findings)
        taken.update(seats)
        units.update(withheld)
        name = each.name or shown_name(key)
        found[made] = AllocationDraft(made, name, each.purpose, seats, withheld, release_at, each.staff)
    if findings.fine(("pools",)):
        for pool, count in counted(units, stock.pools).items():
            if count > pools[pool].capacity:
                findings.add(
                    ("allocations",), f"withhold {count:,} of {pools[pool].name}, which has {pools[pool].capacity:,}"
                )
    return tuple(found.values())


def room_plan(room: RoomInput) -> RoomPlan | None:
    if room.shoppers == 0:
        return None
    return RoomPlan(room.shoppers, claim_ms=room.claim_seconds * 1000, per_second_max=room.per_second)


def _event(
    read: SaleInput, known: Known, now: datetime, findings: Findings
) -> tuple[EventDraft | None, ZoneInfo | None]:
    if read.event_id is not None:
        if read.event is not None:
            findings.add(("event_id",), "comes instead of event, not with it")
        for name in ("starts", "zone", "ends"):
            if getattr(read, name) is not None:
                findings.add((name,), "belongs to the event, which exists already")
        if known.event is None:
            findings.add(("event_id",), "is not the id of an event of yours")
            return None, None
        return None, ZoneInfo(known.event.zone)
    for name in ("event", "starts", "zone"):
        if getattr(read, name) is None:
            findings.add((name,), "is missing")
    zone = read_zone(read.zone, ("zone",), findings)
    starts_at = read_moment(read.starts, ("starts",), zone, now, findings)
    ends_at = read_moment(read.ends, ("ends",), zone, now, findings)
    if starts_at and starts_at <= now:
        findings.add(("starts",), "is in the past")
    if starts_at and ends_at and ends_at <= starts_at:
        findings.add(("ends",), "is not after starts")
    if zone is None or starts_at is None or read.event is None:
        return None, zone
    return event_draft(read.event, read, zone.key, starts_at, ends_at), zone


def _venue(read: SaleInput, known: Known, findings: Findings) -> None:
    if read.venue_id is not None:
        if read.venue is not None:
            findings.add(("venue_id",), "comes instead of venue, not with it")
        if not known.venue_found:
            findings.add(("venue_id",), "is not the id of a venue of yours")
    if read.layout is not None:
        if read.venue_id is None and not (known.event and known.event.venue_id):
            findings.add(("layout",), "needs the venue_id of a venue that exists")
        elif known.layout is None and findings.fine(("venue_id",)):
            findings.add(("layout",), "is not a version of this venue's seats")


def _window(
    read: SaleInput, zone: ZoneInfo | None, now: datetime, starts_at: datetime | None, findings: Findings
) -> Window | None:
    opens_at = read_moment(read.opens, ("opens",), zone, now, findings)
    closes_at = read_moment(read.closes, ("closes",), zone, now, findings) or starts_at
    lobby_at = read_moment(read.lobby, ("lobby",), zone, now, findings)
    public_at = read_moment(read.public_from, ("public_from",), zone, now, findings)
    visibility = "public_from" if read.public_from else read.visibility
    if read.visibility == "public_from" and read.public_from is None:
        findings.add(("public_from",), "is missing: say from when on the sale is public")
    if read.visibility == "hidden" and read.public_from is not None:
        findings.add(("public_from",), "is not used by a hidden sale")
    if zone is None or opens_at is None or closes_at is None:
        return None
    if lobby_at is None and read.room.shoppers:
        lobby_at = opens_at - LOBBY_BEFORE
    window = Window(visibility, public_at, lobby_at, opens_at, closes_at)
    closing: Path = ("closes",) if read.closes else ("opens",)
    check_window(window, now, closing, findings)
    return window


def check_window(window: Window, now: datetime, closing: Path, findings: Findings) -> None:
    """Check that the times of a sale are in order."""
    if window.closes_at <= window.opens_at and findings.fine(("opens",), ("closes",), ("starts",)):
        what = (
            "is not after opens"
            if closing == ("closes",)
            else "is not before the event starts; say when the sale closes"
        )
        findings.add(closing, what)
    if window.closes_at <= now and findings.fine(("closes",), ("starts",)):
        findings.add(
            closing, "is in the past" if closing == ("closes",) else "leaves no time: the sale closes in the past"
        )
    if window.lobby_at and window.lobby_at > window.opens_at and findings.fine(("lobby",), ("opens",)):
        findings.add(("lobby",), "is after opens")
