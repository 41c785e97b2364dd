"""Catalog: what can be sold and when; venues, layouts, events, sales, and the YAML organizers write."""

from engine.catalog.allocations import Allocation, Allocations, Change, Missing, Stands
from engine.catalog.catalog import Catalog
from engine.catalog.context import CONTEXT
from engine.catalog.draft import read_moment, read_zone
from engine.catalog.fields import Amount, Currency, Key, Line, Name, Text, When, Zone
from engine.catalog.findings import Findings
from engine.catalog.inputs import (
    PURPOSES,
    AllocationInput,
    EventInput,
    Input,
    LayoutInput,
    NewVenue,
    PoolChange,
    SaleChange,
    SaleInput,
)
from engine.catalog.kinds import Kinds
from engine.catalog.layout import Layout, Row, Section, row_to_json, seat_name, seat_positions, section_shape
from engine.catalog.mistakes import Lines, Mistake, mistakes_of
from engine.catalog.questions import Question, QuestionKind
from engine.catalog.reading import Near
from engine.catalog.schedule import MAY_FOLLOW, Steering, seconds_to_change, state_at
from engine.catalog.shadow_sales import (
    Retired,
    copy_sale,
    delete_shadow,
    open_shadow_at,
    prolong_shadow,
    retire_shadow,
    set_shadow_room,
    shadow_left_s,
    shadows_left,
)
from engine.catalog.views import (
    CreatedSale,
    EventView,
    HeldEvent,
    SaleCard,
    SaleInfo,
    SalePage,
    SaleReach,
    Switches,
    Times,
    VenueView,
    standard_type,
)
from engine.catalog.window_sales import WindowSale, is_window_sale, write_window_sale
from engine.catalog.writing import note_opened
from engine.catalog.yaml_source import BadSource, read_yaml

__all__ = [
    "CONTEXT",
    "MAY_FOLLOW",
    "PURPOSES",
    "Allocation",
    "AllocationInput",
    "Allocations",
    "Amount",
    "BadSource",
    "Catalog",
    "Change",
    "CreatedSale",
    "Currency",
    "EventInput",
    "EventView",
    "Findings",
    "HeldEvent",
    "Input",
    "Key",
    "Kinds",
    "Layout",
    "LayoutInput",
    "Line",
    "Lines",
    "Missing",
    "Mistake",
    "Name",
    "Near",
    "NewVenue",
    "PoolChange",
    "Question",
    "QuestionKind",
    "Retired",
    "Row",
    "SaleCard",
    "SaleChange",
    "SaleInfo",
    "SaleInput",
    "SalePage",
    "SaleReach",
    "Section",
    "Stands",
    "Steering",
    "Switches",
    "Text",
    "Times",
    "VenueView",
    "When",
    "WindowSale",
    "Zone",
    "copy_sale",
    "delete_shadow",
    "is_window_sale",
    "mistakes_of",
    "note_opened",
    "open_shadow_at",
    "prolong_shadow",
    "read_moment",
    "read_yaml",
    "read_zone",
    "retire_shadow",
    "row_to_json",
    "seat_name",
    "seat_positions",
    "seconds_to_change",
    "section_shape",
    "set_shadow_room",
    "shadow_left_s",
    "shadows_left",
    "standard_type",
    "state_at",
    "write_window_sale",
]
