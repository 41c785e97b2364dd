"""Times of sales in zones around both clock changes, at the ends of the calendar, and in each form that is documented.

What a clock change skips or repeats is a mistake that says what to write instead. Whatever is accepted can be read.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.strangers.client import Client
from tests.strangers.shop import a_sale, an_id

# (zone, skipped, repeated, the two instants it may mean): both hemispheres, half an hour, midnight.
CHANGES = [
    ("Europe/Madrid", "2037-03-29 02:30", "2037-10-25 02:30", ("00:30", "01:30")),
    ("America/New_York", "2037-03-08 02:30", "2037-11-01 01:30", ("05:30", "06:30")),
    ("Australia/Lord_Howe", "2037-10-04 02:15", "2037-04-05 01:45", ("14:45", "15:15")),
    ("America/Santiago", "2037-09-06 00:30", "2037-04-04 23:30", ("02:30", "03:30")),
    ("Africa/Casablanca", None, None, ()),
]
FORMS = [
    ("2037-03-01 20:30", "2037-03-01T19:30:00+00:00"),
    ("2037-03-01T20:30+01:00", "2037-03-01T19:30:00+00:00"),
    ("2037-03-01T20:30Z", "2037-03-01T20:30:00+00:00"),
    ("2037-03-01T20:30-05:00", "2037-03-02T01:30:00+00:00"),
    ("2036-02-29 20:30", "2036-02-29T19:30:00+00:00"),
    ("2037-07-01 20:30", "2037-07-01T18:30:00+00:00"),
    ("2037-03-29 01:59", "2037-03-29T00:59:00+00:00"),
    ("2037-03-29 03:00", "2037-03-29T01:00:00+00:00"),
]
NO_TIMES = [
    "2037-02-29 20:30",
    "2037-13-01 20:30",
    "2037-03-01 24:30",
    "2037-03-01 20:60",
    "2037-03-01",
    "20:30",
    "10000-01-01 00:00",
    "in 99999999999 days",
    "in -1 days",
    "yesterday",
    "\u0662\u0660\u0663\u0667-03-01 20:30",  # Arabic digits
    "2037-03-01T20:30+99:00",
    "",
    " ",
]


def at(starts: str, zone: str = "Europe/Madrid") -> dict[str, Any]:
    return a_sale(id=an_id("time"), starts=starts, zone=zone, opens="2036-01-10 10:00", closes="2036-01-20 10:00")


async def refused_field(organizer: Client, body: dict[str, Any], field: str) -> str:
    """The message about the one field that is wrong."""
    answer = await organizer.ask("POST", "/api/sales", body)
    assert (answer.code, answer.retryable) == ("invalid", False), answer.raw[:300]
    told = {wrong["path"]: wrong["message"] for wrong in answer.body["fields"]}
    assert field in told, told
    return str(told[field])


@pytest.mark.parametrize(("zone", "skipped", "repeated", "instants"), CHANGES, ids=str)
async def test_clock_changes(
    organizer: Client, zone: str, skipped: str | None, repeated: str | None, instants: tuple[str, ...]
) -> None:
    if skipped is None or repeated is None:
        assert (await organizer.ask("POST", "/api/sales", at("2037-03-01 20:30", zone))).code is None
        return
    instead = (await refused_field(organizer, at(skipped, zone), "starts")).rpartition("is ")[2]
    assert (await organizer.ask("POST", "/api/sales", at(instead, zone))).code is None, instead
    for field in ("opens", "closes", "lobby", "ends", "public_from"):
        body = {**at("2038-03-01 20:30", zone), "visibility": "public_from", "public_from": "2036-01-01 10:00"}
        assert skipped[:10] not in (await refused_field(organizer, {**body, field: repeated}, field))[:10]
    advice = await refused_field(organizer, at(repeated, zone), "starts")
    told = advice.rpartition("write ")[2].split(" or ")
    assert len(told) == 2, advice
    meant = []
    for text in told:
        sale = (await organizer.ok("POST", "/api/sales", at(text, zone)))["id"]
        starts = (await organizer.ok("GET", f"/api/sales/{sale}"))["event"]["starts_at"]
        meant.append(datetime.fromisoformat(starts).astimezone(UTC).strftime("%H:%M"))
    assert tuple(meant) == instants


@pytest.mark.parametrize(("written", "means"), FORMS)
async def test_each_form(organizer: Client, written: str, means: str) -> None:
    sale = (await organizer.ok("POST", "/api/sales", at(written)))["id"]
    assert (await organizer.ok("GET", f"/api/sales/{sale}"))["event"]["starts_at"] == means


@pytest.mark.parametrize("written", NO_TIMES)
async def test_what_is_no_time(organizer: Client, written: str) -> None:
    assert await refused_field(organizer, at(written), "starts")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC", "America/New_York"])
@pytest.mark.parametrize(
    "written", ["9999-12-31 23:59", "0001-01-01 00:00", "1900-01-01 10:00", "9999-12-31T23:59-12:00"]
)
async def test_the_ends_of_the_calendar(organizer: Client, written: str, zone: str) -> None:
    """Accepted or refused; what is accepted is shown in every list and page, and breaks none."""
    for field in ("starts", "closes"):
        body = {**at("2037-03-01 20:30", zone), field: written}
        answer = await organizer.ask("POST", "/api/sales", body)
        assert answer.code in {None, "invalid"}, (answer.status, answer.raw[:300])
        assert not answer.retryable
        if answer.code is None:
            sale = answer.body["id"]
            for path in (
                f"/api/sales/{sale}",
                f"/api/sales/{sale}/room",
                f"/sales/{sale}",
                "/api/organizer/sales",
                "/api/sales",
            ):
                shown = await organizer.ask("GET", path)
                assert shown.status < 500, (path, shown.status, shown.raw[:300])


async def test_a_sale_does_not_close_before_it_opens(organizer: Client) -> None:
    body = {**at("2037-03-01 20:30"), "opens": "2036-02-01 10:00", "closes": "2036-01-01 10:00"}
    assert await refused_field(organizer, body, "closes")


@pytest.mark.parametrize("zone", ["Mars/Phobos", "", "../etc/passwd", "Europe/madrid\x00", "CEST", "x" * 81])
async def test_what_is_no_zone(organizer: Client, zone: str) -> None:
    assert await refused_field(organizer, at("2037-03-01 20:30", zone), "zone")
