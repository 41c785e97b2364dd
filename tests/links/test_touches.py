"""By which links a browser came, as its cookie says: first and last, for a while, for a few organizers."""

from __future__ import annotations

import pytest

from engine.limits import SOURCE_COOKIE_CHARS_MAX, SOURCE_KEPT_DAYS, SOURCES_PER_BROWSER_MAX
from engine.links.touches import Touch, touch_of, touched

TODAY = 20_000
LONGEST = "x" * 32


def came(*names: str, organizer: str = "org_a", cookie: str = "", day: int = TODAY) -> str:
    for name in names:
        cookie = touched(cookie, organizer, name, day)
    return cookie


def test_the_first_link_stays_and_the_last_follows() -> None:
    cookie = came("poster", "radio", "letter")
    assert touch_of(cookie, "org_a", TODAY) == Touch("org_a", "poster", "letter", TODAY)
    assert touch_of(cookie, "org_b", TODAY) is None


def test_each_organizer_has_its_own() -> None:
    cookie = came("poster")
    cookie = came("radio", "letter", organizer="org_b", cookie=cookie)
    assert touch_of(cookie, "org_a", TODAY) == Touch("org_a", "poster", "poster", TODAY)
    assert touch_of(cookie, "org_b", TODAY) == Touch("org_b", "radio", "letter", TODAY)


def test_a_first_time_that_is_long_past_counts_no_more() -> None:
    cookie = came("radio", cookie=came("poster"), day=TODAY + SOURCE_KEPT_DAYS)
    kept = touch_of(cookie, "org_a", TODAY + SOURCE_KEPT_DAYS)
    assert kept is not None
    assert kept.first == "poster"
    later = touch_of(cookie, "org_a", TODAY + SOURCE_KEPT_DAYS + 1)
    assert later is not None
    assert (later.first, later.last) == ("radio", "radio")
    anew = came("letter", cookie=cookie, day=TODAY + SOURCE_KEPT_DAYS + 1)
    assert touch_of(anew, "org_a", TODAY + SOURCE_KEPT_DAYS + 1) == Touch(
        "org_a", "letter", "letter", TODAY + SOURCE_KEPT_DAYS + 1
    )


def test_a_browser_keeps_a_few_organizers_the_latest_ones() -> None:
    cookie = ""
    for number in range(3 * SOURCES_PER_BROWSER_MAX):
        cookie = came(LONGEST, organizer=f"org_{number:060}", cookie=cookie)
    assert len(cookie) <= SOURCE_COOKIE_CHARS_MAX
    kept = [number for number in range(24) if touch_of(cookie, f"org_{number:060}", TODAY)]
    assert kept == list(range(24 - SOURCES_PER_BROWSER_MAX, 24))


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "x",
        "|||",
        "org_a:poster",
        "org_a:Poster:radio:20000",
        "org_a:poster:radio:-1",
        "org_a:poster:radio:9999999",
        "org_a:po ster:radio:20000",
        "org_a:poster:radio:20000\n",
        "org_a:poster:radio:20000|" + "x" * SOURCE_COOKIE_CHARS_MAX,
        "x|" * SOURCES_PER_BROWSER_MAX + "org_a:poster:radio:20000",
    ],
)
def test_what_is_no_touch_is_left_out(cookie: str) -> None:
    assert touch_of(cookie, "org_a", TODAY) is None
    assert touched(cookie, "org_a", "letter", TODAY) == f"org_a:letter:letter:{TODAY}"


def test_a_day_that_has_not_come_counts_as_long_past() -> None:
    found = touch_of(f"org_a:poster:radio:{TODAY + 1}", "org_a", TODAY)
    assert found is not None
    assert (found.first, found.last) == ("radio", "radio")
