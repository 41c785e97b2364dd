"""What an organizer sends: venues, layouts, events and sales, as YAML and HTTP bodies share them.

Owns: which fields there are, and their bounds; their forms are those of fields.py. What fields mean together is checked
in draft.py. Guarantees: extra fields are refused.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self, get_args

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from engine.catalog.coupon_inputs import Coupons
from engine.catalog.due_inputs import Fees, Taxes
from engine.catalog.fields import (
    CART_MINUTES_MIN,
    Amount,
    Coordinate,
    Country,
    Currency,
    Input,
    Key,
    Keys,
    Line,
    Minutes,
    Name,
    Prices,
    SeatRefs,
    Text,
    When,
    Zone,
    as_entry,
    as_focus,
    as_list,
    as_room,
    as_shape,
    as_type,
    as_venue,
    as_words,
)
from engine.catalog.layout import STAGE
from engine.ids import MadeId, SaleId
from engine.limits import (
    ALLOCATIONS_PER_SALE_MAX,
    CART_MS_MIN,
    DAYS_PER_SALE_MAX,
    ENTRY_CODE_CHARS_MAX,
    ENTRY_CODE_CHARS_MIN,
    ENTRY_CODES_MAX,
    NAME_CHARS_MAX,
    OPTIONS_MAX,
    PERFORMERS_MAX,
    PERSON_MAX_MAX,
    PHASES_PER_SALE_MAX,
    POOLS_PER_SALE_MAX,
    PRODUCTS_PER_SALE_MAX,
    QUESTION_CHARS_MAX,
    QUESTIONS_MAX,
    ROW_SEATS_MAX,
    ROWS_PER_SECTION_MAX,
    SEATS_PER_SALE_MAX,
    SECTIONS_PER_SALE_MAX,
    SHOPPERS_MAX_MAX,
    TICKET_TYPES_MAX,
    UNLOCKS_PER_SALE_MAX,
    ZONES_PER_SALE_MAX,
)
from engine.text import Form, NoTwins, Written

PLACES_PER_SALE_MAX = SECTIONS_PER_SALE_MAX + POOLS_PER_SALE_MAX + ZONES_PER_SALE_MAX


class ShapeInput(Input):
    """Where a section lies on the map; without it, sections stand one behind the other in front of the stage."""

    kind: Literal["straight", "arc"] = "straight"
    at: tuple[Coordinate, Coordinate] | None = None  # middle of the first row of a straight section
    turn: Annotated[float, Field(ge=-360, le=360)] = 0.0  # degrees a straight section is turned about `at`
    centre: tuple[Coordinate, Coordinate] = (0.0, 0.0)  # of an arc
    radius: Annotated[float, Field(gt=0, le=10_000)] | None = None  # of the first row of an arc
    direction: Annotated[float, Field(ge=-360, le=360)] = 90.0  # from the centre to the middle of an arc; 90 is down
    sweep: Annotated[float, Field(gt=0, le=360)] = 360.0  # degrees that the blocks of an arc share
    seat_gap: Annotated[float, Field(gt=0, le=100)] = 1.0
    row_gap: Annotated[float, Field(gt=0, le=100)] = 1.6


Focus = Annotated[
    tuple[Coordinate, Coordinate],
    BeforeValidator(as_focus, json_schema_input_type=Literal["stage"] | tuple[Coordinate, Coordinate]),
]


class SectionInput(Input):
    """Seats by row, and what they cost."""

    name: Name | None = None
    rows: (
        Annotated[int, Field(strict=True, ge=1, le=ROWS_PER_SECTION_MAX)]
        | list[Annotated[int, Field(strict=True, ge=1, le=ROW_SEATS_MAX)]]
        | None
    ) = None
    seats: Annotated[int, Field(strict=True, ge=1, le=ROW_SEATS_MAX)] | None = None
    blocks: Annotated[int, Field(strict=True, ge=1, le=500)] | None = None
    row_labels: Literal["letters", "numbers"] | list[Key] = "letters"
    numbers: Literal["left", "right", "odd-even"] = "left"
    aisles: list[Annotated[int, Field(strict=True, ge=1, le=ROW_SEATS_MAX)]] = Field(default=[], max_length=20)
    off: SeatRefs = []
    accessible: SeatRefs = []
    companions: SeatRefs = []
    shape: Annotated[
        ShapeInput, BeforeValidator(as_shape, json_schema_input_type=Literal["straight", "arc"] | ShapeInput)
    ] = ShapeInput()
    focus: Focus = STAGE  # the point its seats look at


# Days to which a ticket admits; none: to the event.
DayRefs = Annotated[list[Key], BeforeValidator(as_list, json_schema_input_type=Key | list[Key])]
Admits = Annotated[dict[Key, Annotated[DayRefs, Field(max_length=DAYS_PER_SALE_MAX)]], NoTwins]


class PricedSection(SectionInput):
    price: Prices
    admits: DayRefs = Field(default=[], max_length=DAYS_PER_SALE_MAX)


class PoolInput(Input):
    """A counted stock; a unit of it also takes one of every pool it draws on."""

    name: Name | None = None
    capacity: Annotated[int, Field(strict=True, ge=1, le=10_000_000)]
    price: Prices
    draws_on: Keys = []
    admits: DayRefs = Field(default=[], max_length=DAYS_PER_SALE_MAX)


class ProductInput(Input):
    """What is sold beside tickets: parking, a shirt."""

    name: Name | None = None
    capacity: Annotated[int, Field(strict=True, ge=1, le=10_000_000)]
    price: Amount
    per_person: Annotated[int, Field(strict=True, ge=1, le=PERSON_MAX_MAX)] = 10


Purpose = Literal["artist", "sponsor", "press", "house", "accessibility", "group", "other"]
PURPOSES: tuple[str, ...] = get_args(Purpose)
GROUP: Purpose = "group"  # it is reserved for one that pays later


class StockPart(Input):
    """Seats and units of a sale, by section and pool."""

    seats: Annotated[dict[Key, SeatRefs], NoTwins] = {}
    units: Annotated[dict[Key, Annotated[int, Field(strict=True, ge=1, le=10_000_000)]], NoTwins] = {}

    @model_validator(mode="after")
    def names_something(self) -> Self:
        if not self.seats and not self.units:
            raise ValueError("must name seats, units or both")
        return self


class AllocationPart(StockPart):
    """They are withheld: what for, and until when."""

    purpose: Purpose = "other"
    release: When | None = None
    staff: Annotated[bool, Field(strict=True)] = False  # members may draw on it


class NamedAllocation(AllocationPart):
    """One of a sale, below its key."""

    name: Name | None = None


class ZoneInput(Input):
    """Seats of any sections, named as in `off`, that have a price of their own."""

    name: Name | None = None
    seats: Annotated[dict[Key, SeatRefs], NoTwins, Field(min_length=1, max_length=SECTIONS_PER_SALE_MAX)]
    price: Prices


class RoomInput(Input):
    """How many shop at once; 0 shoppers means no waiting room."""

    shoppers: Annotated[int, Field(strict=True, ge=0, le=SHOPPERS_MAX_MAX)] = 500
    per_second: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 200
    claim_seconds: Annotated[int, Field(strict=True, ge=5, le=3_600)] = 60


RoomField = Annotated[RoomInput, BeforeValidator(as_room, json_schema_input_type=RoomInput | Literal[False])]
EntryCode = Annotated[str, BeforeValidator(as_words), Written(ENTRY_CODE_CHARS_MAX, chars_min=ENTRY_CODE_CHARS_MIN)]


class EntryCodes(Input):
    """The codes that open a sale, one or several; capitals and spaces make no difference."""

    code: EntryCode | list[EntryCode]


class EntrySegment(Input):
    """The segment whose people may enter, by its name."""

    segment: Name


class EntryInput(Input):
    """Who may have a place."""

    rule: Literal["open", "challenge", "contact", "account", "code", "segment"] = "open"
    code: Annotated[list[EntryCode], Field(max_length=ENTRY_CODES_MAX)] = []
    segment: Name | None = None

    @model_validator(mode="after")
    def codes_go_with_the_rule(self) -> Self:
        if (self.rule == "code") != bool(self.code):
            raise ValueError("must name one code or several")
        return self


EntryField = Annotated[
    EntryInput,
    BeforeValidator(
        as_entry, json_schema_input_type=Literal["open", "challenge", "contact", "account"] | EntryCodes | EntrySegment
    ),
]


class VenueInput(Input):
    name: Name
    address: Line = ""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    country: Country | None = None


class NewVenue(VenueInput):
    """A venue by itself."""

    zone: Zone


class LayoutInput(Input):
    """A new version of a venue's seats."""

    name: Annotated[str, Written(NAME_CHARS_MAX, chars_min=0)] = ""
    sections: Annotated[dict[Key, SectionInput], NoTwins, Field(min_length=1)]


class QuestionInput(Input):
    """What buyers are asked before they buy."""

    ask: Annotated[str, Written(QUESTION_CHARS_MAX, Form.PARAGRAPH)]
    kind: Literal["text", "choice", "consent"] = "text"
    options: Annotated[list[Name], Field(max_length=OPTIONS_MAX)] = []
    per: Literal["order", "ticket"] = "order"
    required: bool = False
    types: Annotated[Keys, Field(max_length=TICKET_TYPES_MAX)] = Field(default=[], alias="for")


Questions = Annotated[dict[Key, QuestionInput], NoTwins, Field(max_length=QUESTIONS_MAX)]


class TicketTypeInput(Input):
    """A kind of ticket: what it is called, how many there are, for whom and when."""

    name: Name | None = None
    number: (
        Annotated[int, Field(strict=True, ge=1, le=10_000_000)]
        | Annotated[str, StringConstraints(pattern=r"^[0-9]{1,2}(\.[0-9]{1,4})? ?%$")]
        | None
    ) = None
    per_person: Annotated[int, Field(strict=True, ge=1, le=PERSON_MAX_MAX)] | None = None
    begins: When | None = Field(default=None, alias="from")
    ends: When | None = Field(default=None, alias="until")
    proof: Annotated[str, Written(NAME_CHARS_MAX, chars_min=0)] = ""
    may_pay_more: bool = False
    hidden: bool = False

    @property
    def limited(self) -> bool:
        return bool(self.model_fields_set - {"name"})


TicketTypes = Annotated[
    dict[Key, Annotated[TicketTypeInput, BeforeValidator(as_type, json_schema_input_type=Name | TicketTypeInput)]],
    NoTwins,
    Field(max_length=TICKET_TYPES_MAX),
]


class PhaseInput(Input):
    """A stretch of a sale: until when, who may enter, what is sold in it, and how much to one person."""

    name: Name | None = None
    begins: When | None = Field(default=None, alias="from")
    ends: When | None = Field(default=None, alias="until")
    entry: EntryField | None = None
    types: Annotated[Keys, Field(max_length=TICKET_TYPES_MAX)] = []
    places: Annotated[Keys, Field(max_length=PLACES_PER_SALE_MAX)] = []
    allocations: Annotated[Keys, Field(max_length=ALLOCATIONS_PER_SALE_MAX)] = []
    person_max: Annotated[int, Field(strict=True, ge=1, le=PERSON_MAX_MAX)] | None = None


Phases = Annotated[dict[Key, PhaseInput], NoTwins, Field(max_length=PHASES_PER_SALE_MAX)]


class UnlockInput(Input):
    """What whoever knows one of its codes is shown. Codes that were written before stay, unless it says others."""

    codes: Annotated[list[EntryCode], BeforeValidator(as_list, json_schema_input_type=EntryCode | list[EntryCode])] = (
        Field(default=[], max_length=ENTRY_CODES_MAX)
    )
    types: Annotated[Keys, Field(max_length=TICKET_TYPES_MAX)] = []
    allocations: Annotated[Keys, Field(max_length=ALLOCATIONS_PER_SALE_MAX)] = []


Unlocks = Annotated[dict[Key, UnlockInput], NoTwins, Field(max_length=UNLOCKS_PER_SALE_MAX)]


class DayInput(Input):
    """A day of a sale: what buyers read, and when it begins."""

    name: Name | None = None
    starts: When


Days = Annotated[dict[Key, DayInput], NoTwins, Field(max_length=DAYS_PER_SALE_MAX)]


class EventText(Input):
    description: Text = ""
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]{1,30}$")] = "concert"
    picture: Line = ""
    performers: Annotated[list[Name], BeforeValidator(as_list, json_schema_input_type=Name | list[Name])] = Field(
        default=[], max_length=PERFORMERS_MAX
    )
    ends: When | None = None


class EventInput(EventText):
    """An event by itself; a sale may also bring its own."""

    event: Name
    starts: When
    zone: Zone
    venue: MadeId | None = None  # id of a venue
    ticket_types: Annotated[dict[Key, Name], NoTwins, Field(max_length=TICKET_TYPES_MAX)] = {}


class SaleInput(EventText):
    """One sale: with the event it sells, or of an event that exists already (`event_id`)."""

    id: SaleId | None = None
    event: Name | None = None
    event_id: MadeId | None = None
    starts: When | None = None
    zone: Zone | None = None
    venue: Annotated[VenueInput, BeforeValidator(as_venue, json_schema_input_type=Name | VenueInput)] | None = None
    venue_id: MadeId | None = None
    layout: Annotated[int, Field(strict=True, ge=1)] | None = None
    ticket_types: TicketTypes = {}
    currency: Currency
    opens: When
    closes: When | None = None
    lobby: When | None = None
    person_max: Annotated[int, Field(strict=True, ge=1, le=PERSON_MAX_MAX)] = 6
    cart_minutes: Minutes = Decimal(30)
    tax_identity: Annotated[bool, Field(strict=True)] = False  # whether buyers may have receipts made out to a company
    room: RoomField = RoomInput()
    entry: EntryField = EntryInput()
    visibility: Literal["public", "hidden", "public_from"] = "public"
    public_from: When | None = None
    sections: Annotated[dict[Key, PricedSection], NoTwins] = {}
    pools: Annotated[dict[Key, PoolInput], NoTwins] = {}
    allocations: Annotated[dict[Key, NamedAllocation], NoTwins, Field(max_length=ALLOCATIONS_PER_SALE_MAX)] = {}
    questions: Questions = {}
    zones: Annotated[dict[Key, ZoneInput], NoTwins, Field(max_length=ZONES_PER_SALE_MAX)] = {}
    phases: Phases = {}
    products: Annotated[dict[Key, ProductInput], NoTwins, Field(max_length=PRODUCTS_PER_SALE_MAX)] = {}
    days: Days = {}
    unlocks: Unlocks = {}
    taxes: Taxes = {}
    fees: Fees = {}
    coupons: Coupons = {}


assert SEATS_PER_SALE_MAX >= ROW_SEATS_MAX
assert CART_MINUTES_MIN * 60_000 >= CART_MS_MIN
