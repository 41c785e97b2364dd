"""Catalog: what can be sold and when; venues, layouts, events, sales, and the YAML organizers write."""

from engine.catalog.catalog import Catalog
from engine.catalog.inputs import EventInput, LayoutInput, NewVenue, SaleChange, SaleInput
from engine.catalog.layout import Layout, Row, Section, row_to_json, seat_name, seat_positions, section_shape
from engine.catalog.mistakes import Mistake
from engine.catalog.money import decimals_of
from engine.catalog.reading import Near
from engine.catalog.views import (
    CreatedSale,
    EventView,
    SaleCard,
    SaleInfo,
    SalePage,
    Switches,
    Times,
    VenueView,
)
from engine.catalog.writing import Act

__all__ = [
    "Act",
    "Catalog",
    "CreatedSale",
    "EventInput",
    "EventView",
    "Layout",
    "LayoutInput",
    "Mistake",
    "Near",
    "NewVenue",
    "Row",
    "SaleCard",
    "SaleChange",
    "SaleInfo",
    "SaleInput",
    "SalePage",
    "Section",
    "Switches",
    "Times",
    "VenueView",
    "decimals_of",
    "row_to_json",
    "seat_name",
    "seat_positions",
    "section_shape",
]
