"""What readers want: which channel a notice takes, when it comes, and whether at all."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from engine.people import Quiet
from tests.promos.city import City
from tests.promos.lines import Line, Worker, hurry, notices, prefer


async def test_a_channel_that_is_not_wanted_gives_way_to_the_next(city: City, lines: dict[str, Line]) -> None:
    buyer = await city.buyer(phone="+34600000000")
    await prefer(city, "email", f"{buyer}+any@example.org", off=True)
    await city.running()
    await Worker(city, lines).step()
    assert [len(lines[each].taken) for each in ("email", "sms")] == [0, 1]


async def test_who_says_no_before_it_is_sent_gets_nothing_there(city: City, lines: dict[str, Line]) -> None:
    buyer = await city.buyer(phone="+34600000000")
    await city.running()
    worker = Worker(city, lines)
    await worker.delivery.step()
    await prefer(city, "email", f"{buyer}@example.org", off=True)
    await worker.send()
    assert lines["email"].taken == []
    await worker.step()
    assert [tuple(row) for row in await notices(city)] == [("sent", "sms", 2)]


@pytest.mark.parametrize("way", ["stopped", "ended"])
async def test_who_wants_nothing_any_more_gets_nothing(city: City, lines: dict[str, Line], way: str) -> None:
    await city.buyer()
    await city.running()
    worker = Worker(city, lines)
    await worker.delivery.step()
    if way == "stopped":
        await city.engine.persons.unsubscribe(1)
    else:
        await city.engine.db.execute("UPDATE promo_window SET ended_at = now()")
    await worker.send()
    assert lines["email"].taken == []
    assert [row["state"] for row in await notices(city)] == ["lapsed"]


async def test_quiet_hours_end_by_the_readers_clock(city: City, lines: dict[str, Line]) -> None:
    buyer = await city.buyer()
    here = datetime.now(ZoneInfo("Asia/Kathmandu"))
    now = here.hour * 60 + here.minute
    await prefer(
        city, "email", f"{buyer}@example.org", quiet=Quiet((now - 60) % 1440, (now + 60) % 1440, str(here.tzinfo))
    )
    await city.running()
    await Worker(city, lines).step()
    assert lines["email"].taken == []
    waits_s = await city.engine.db.fetchval("SELECT extract(epoch FROM due_at - now())::integer FROM message")
    assert 59 * 60 <= waits_s + 60 <= 61 * 60
    await hurry(city)
    await Worker(city, lines).send()
    assert lines["email"].taken == [], "it is looked at again as it is sent"
    await prefer(city, "email", f"{buyer}@example.org")
    await hurry(city)
    await Worker(city, lines).send()
    assert len(lines["email"].taken) == 1


@pytest.mark.parametrize(
    ("at", "quiet", "ends"),
    [
        ("2026-11-27T22:30+01:00", (22, 7), "2026-11-28T07:00+01:00"),
        ("2026-11-27T06:59+01:00", (22, 7), "2026-11-27T07:00+01:00"),
        ("2026-11-27T07:00+01:00", (22, 7), None),
        ("2026-11-27T21:59+01:00", (22, 7), None),
        ("2026-11-27T13:30+01:00", (13, 15), "2026-11-27T15:00+01:00"),
        ("2026-03-28T23:00+01:00", (22, 7), "2026-03-29T07:00+02:00"),  # a night of an hour less
        ("2026-10-24T23:00+02:00", (22, 7), "2026-10-25T07:00+01:00"),  # and of one more
        ("2026-03-29T01:30+01:00", (1, 2), "2026-03-29T03:00+02:00"),  # to an hour that there isn't
    ],
)
def test_a_quiet_time_ends(at: str, quiet: tuple[int, int], ends: str | None) -> None:
    since, until = quiet
    end = Quiet(since * 60, until * 60, "Europe/Madrid").ends(datetime.fromisoformat(at))
    assert end == (None if ends is None else datetime.fromisoformat(ends))
