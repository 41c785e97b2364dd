"""Touches: by which links a browser came to the organizers of this installation, as its cookie keeps them.

Pure. Guarantees: nothing but names of links and the day of the first; bounded, whatever a browser sends; what is too
old counts no more. Whether there are such links, the caller must know: anybody may write anything into a cookie.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from engine.ids import MADE_ID
from engine.limits import LINK_NAME_CHARS_MAX, SOURCE_COOKIE_CHARS_MAX, SOURCE_KEPT_DAYS, SOURCES_PER_BROWSER_MAX

LINK_NAME = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{LINK_NAME_CHARS_MAX - 1}}}")
TOUCH = re.compile(
    rf"(?P<organizer>{MADE_ID.pattern}):(?P<first>{LINK_NAME.pattern}):(?P<last>{LINK_NAME.pattern}):(?P<day>[0-9]{{1,6}})"
)
APART = "|"


@dataclass(frozen=True, slots=True)
class Touch:
    """How a browser came to one organizer."""

    organizer: str
    first: str  # name of a link
    last: str
    first_day: int  # when it came by the first, in days since 1970

    def text(self) -> str:
        return f"{self.organizer}:{self.first}:{self.last}:{self.first_day}"

    def is_old(self, day: int) -> bool:
        """Whether the first time is too long past to count."""
        return not 0 <= day - self.first_day <= SOURCE_KEPT_DAYS


@dataclass(frozen=True, slots=True)
class CameBy:
    """A link, as an order keeps it."""

    link: str
    name: str


@dataclass(frozen=True, slots=True)
class Source:
    """By which links somebody came: the first one that their browser still knew of, and the last."""

    first: CameBy
    last: CameBy

    def wire(self) -> dict[str, str]:
        return {"first": self.first.name, "last": self.last.name}


def touched(cookie: str, organizer: str, name: str, day: int) -> str:
    """The cookie of a browser that came by this link today. The organizers it came to longest ago are forgotten."""
    before = _read(cookie)
    known = before.pop(organizer, None)
    if known is not None and not known.is_old(day):
        first, first_day = known.first, known.first_day
    else:
        first, first_day = name, day
    kept = [Touch(organizer, first, name, first_day), *before.values()]
    return APART.join(each.text() for each in kept[:SOURCES_PER_BROWSER_MAX])


def touch_of(cookie: str, organizer: str, day: int) -> Touch | None:
    """How this browser came to an organizer, if it came by a link."""
    found = _read(cookie).get(organizer)
    return replace(found, first=found.last) if found is not None and found.is_old(day) else found


def _read(cookie: str) -> dict[str, Touch]:
    """By organizer, the latest first; what is no touch is left out."""
    if not cookie or len(cookie) > SOURCE_COOKIE_CHARS_MAX:
        return {}
    found: dict[str, Touch] = {}
    for text in cookie.split(APART)[:SOURCES_PER_BROWSER_MAX]:
        read = TOUCH.fullmatch(text)
        if read is not None:
            touch = Touch(read["organizer"], read["first"], read["last"], int(read["day"]))
            found.setdefault(touch.organizer, touch)
    return found
