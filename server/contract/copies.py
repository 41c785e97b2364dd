"""Copies of sales and dates of series, as they are asked for and answered: shapes, and how they are made."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from engine.catalog import COPIED, LEFT, DateCopy, Dates
from server.contract.ticket_types import DayShape, days_shape


class SaleCopyShape(TypedDict):
    of: Annotated[str, Field(description="The sale it is a copy of.")]
    id: Annotated[str | None, Field(description="None in a preview.")]
    lobby_at: datetime | None
    opens_at: datetime
    closes_at: datetime
    public_at: datetime | None
    days: list[DayShape]


class DateCopyShape(TypedDict):
    written: Annotated[str, Field(description="The start as it was asked for.")]
    starts_at: datetime | None
    ends_at: datetime | None
    wrong: Annotated[str, Field(description="Why it can't be made; empty when it can.")]
    there: Annotated[bool, Field(description="The series has a date at this instant already.")]
    event_id: Annotated[str | None, Field(description="None in a preview.")]
    sales: list[SaleCopyShape]


class CloneShape(DateCopyShape):
    copied: list[str]
    left: Annotated[list[str], Field(description="What stays with the original.")]


class DatesShape(TypedDict):
    series_id: str | None
    series_name: str
    dates: list[DateCopyShape]
    copied: list[str]
    left: Annotated[list[str], Field(description="What stays with the original.")]


class DatesQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    preview: Annotated[bool, Field(description="Nothing is written.")] = False


def date_shape(copy: DateCopy) -> DateCopyShape:
    return {
        "written": copy.written,
        "starts_at": copy.starts_at,
        "ends_at": copy.ends_at,
        "wrong": copy.wrong,
        "there": copy.there,
        "event_id": copy.event_id,
        "sales": [
            {
                "of": sale.of,
                "id": sale.id,
                "lobby_at": sale.lobby_at,
                "opens_at": sale.opens_at,
                "closes_at": sale.closes_at,
                "public_at": sale.public_at,
                "days": days_shape(sale.days),
            }
            for sale in copy.sales
        ],
    }


def clone_shape(copy: DateCopy) -> CloneShape:
    return {**date_shape(copy), "copied": list(COPIED), "left": list(LEFT)}


def dates_shape(dates: Dates) -> DatesShape:
    return {
        "series_id": dates.series_id,
        "series_name": dates.series_name,
        "dates": [date_shape(copy) for copy in dates.dates],
        "copied": list(COPIED),
        "left": list(LEFT),
    }
