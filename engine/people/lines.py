"""The lines of an import: read from CSV or JSON lines in constant memory, each whole or with what is wrong with it.

Guarantees: a line is a person's row or the reasons why it is none; what was written is never repeated, it may be
personal. Fails with BadFile where the file as a whole can't be read.
"""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, TextIO
from zoneinfo import available_timezones

import orjson
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from engine import limits
from engine.messages import CHANNELS, EmailAddress, PhoneNumber, locale_of
from engine.text import Form, Written
from engine.vault import Contact

BUYER_BYTES = 12
ZONES = frozenset(available_timezones())


def _nothing(value: object) -> object:
    """An empty field says nothing."""
    return None if value == "" else value


def _channels(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) and value else value


Name = Annotated[str, Written(limits.NAME_CHARS_MAX, chars_min=0)]
Reference = Annotated[str, Written(limits.NAME_CHARS_MAX)]
Wording = Annotated[str, Written(limits.CONSENT_CHARS_MAX, Form.PARAGRAPH)]
Origin = Annotated[str, Written(limits.NAME_CHARS_MAX)]
Locale = Annotated[str, Written(limits.LOCALE_CHARS_MAX)]
Zone = Annotated[str, Written(limits.ZONE_CHARS_MAX)]
Maybe = BeforeValidator(_nothing)
Moment = Annotated[AwareDatetime | None, Maybe]
Channel = Annotated[str, StringConstraints(pattern="^(" + "|".join(CHANNELS) + ")$")]


class Line(BaseModel):
    """One line."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    reference: Reference
    name: Name = ""
    email: Annotated[EmailAddress | None, Maybe] = None
    phone: Annotated[PhoneNumber | None, Maybe] = None
    locale: Locale = "en"
    zone: Zone
    latitude: Annotated[Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None, Maybe] = None
    longitude: Annotated[Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None, Maybe] = None
    accuracy_m: Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(lambda value: value or 0)] = 0
    located_at: Moment = None
    basis: Annotated[Literal["contract", "interest", "consent"] | None, Maybe] = None
    consent: Annotated[bool | None, Maybe] = None
    consent_at: Moment = None
    consent_wording: Annotated[Wording | None, Maybe] = None
    consent_origin: Annotated[Origin | None, Maybe] = None
    channels: Annotated[list[Channel] | None, BeforeValidator(_channels), Maybe] = None
    first_seen_at: Moment = None
    orders_count: Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(lambda value: value or 0)] = 0
    last_order_at: Moment = None


class BadFile(ValueError):
    """The file as a whole cannot be read."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves a yes: when, to which words and where it was said."""

    at: datetime | None = None
    wording: str | None = None
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A line as it is stored."""

    reference: str
    contact: Contact = field(repr=False)
    buyer: str
    locale: str
    zone: str
    where: tuple[float, float] | tuple[None, None] = field(repr=False)
    accuracy_m: int
    located_at: datetime | None
    basis: str | None
    consent: bool | None
    proof: Proof
    channels: Sequence[str]
    first_seen_at: datetime
    orders_count: int
    last_order_at: datetime | None

    @property
    def is_baseless(self) -> bool:
        """Whoever is known by what they agreed to must have agreed, and it doesn't say that they did."""
        return self.basis == "consent" and not self.consent


def lines_of(path: Path) -> Iterator[tuple[int, int, object]]:
    """Each line with its number and how far into the file it is."""
    with path.open("rb") as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as file:
        for number, fields in _csv_lines(file) if path.suffix.lower() == ".csv" else _json_lines(file):
            yield number, raw.tell(), fields


def _csv_lines(file: TextIO) -> Iterator[tuple[int, object]]:
    reader = csv.DictReader(file, restkey="")
    unknown = set(reader.fieldnames or ()) - set(Line.model_fields)
    if unknown or not reader.fieldnames:
        raise BadFile(f"the header may name {', '.join(Line.model_fields)}; not {', '.join(sorted(unknown))}")
    for fields in reader:
        yield reader.line_num, {name: value for name, value in fields.items() if value is not None}


def _json_lines(file: TextIO) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(iter(file.readline, ""), start=1):
        if line.strip():
            yield number, line


def row_of(fields: object, now: datetime) -> Row | list[str]:
    """The row, or what is wrong with the line; what was written is never repeated, it may be personal."""
    if isinstance(fields, str):
        try:
            fields = orjson.loads(fields)
        except orjson.JSONDecodeError:
            return ["is not JSON"]
    try:
        person = Line.model_validate(fields)
    except ValidationError as error:
        return [
            f"{'.'.join(map(str, each['loc'])) or 'line'}: {each['msg']}"
            for each in error.errors(include_url=False, include_input=False, include_context=False)
        ]
    if person.zone not in ZONES:
        return ["zone: is not a known time zone"]
    if (person.latitude is None) != (person.longitude is None):
        return ["latitude: comes with longitude, or neither is there"]
    if person.consent_at is not None and person.consent_at > now:
        return ["consent_at: is in the future"]
    # It says nothing of a no.
    proof = Proof(person.consent_at, person.consent_wording, person.consent_origin) if person.consent else Proof()
    return Row(
        person.reference,
        Contact(person.name, person.email or "", person.phone or ""),
        secrets.token_urlsafe(BUYER_BYTES),
        locale_of(person.locale),
        person.zone,
        (None, None) if person.latitude is None or person.longitude is None else (person.latitude, person.longitude),
        person.accuracy_m,
        None if person.latitude is None else person.located_at or now,
        person.basis,
        person.consent,
        proof,
        person.channels or CHANNELS,
        person.first_seen_at or now,
        person.orders_count,
        person.last_order_at,
    )
