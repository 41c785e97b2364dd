"""What is known of a picture: how far it is, what is wrong with it, and the sizes it is shown in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from engine.limits import PICTURE_RETRIES_S

MARK_CHARS = 32
KIND = "webp"
CONTENT_TYPE = "image/webp"


class PictureState(StrEnum):
    DUE = "due"  # it is to be fetched, perhaps again
    KEPT = "kept"
    FAILED = "failed"  # and is not tried again by itself


@dataclass(frozen=True, slots=True)
class Size:
    """A picture in one size, under the name it is served by: what it shows never changes."""

    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture that is kept, narrow to wide."""

    sizes: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture drawn anew, its files narrow to wide."""

    width: int  # of the widest
    height: int
    files: tuple[tuple[int, bytes], ...]  # width, file


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why a file is no picture that can be shown, as its organizer reads it."""

    why: str


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture as its organizer sees it; nothing is shown until it is kept."""

    url: str
    state: PictureState
    tries: int
    fault: str  # why the last try failed
    due_at: datetime | None  # of the next try
    shown: Shown | None


def name_of(mark: str, width: int) -> str:
    return f"{mark}-{width}.{KIND}"


def sizes_of(mark: str, width: int, height: int, widths: tuple[int, ...]) -> tuple[Size, ...]:
    return tuple(Size(name_of(mark, each), each, max(1, round(each * height / width))) for each in widths)


def shown_of(row: Mapping[str, Any]) -> Shown | None:
    """The picture of a row that was joined with the view `picture_shown`; None when none is kept."""
    mark = row["picture_mark"]
    if mark is None:
        return None
    return Shown(sizes_of(mark, row["picture_width"], row["picture_height"], tuple(row["picture_widths"])))


def retry_after_s(tries: int) -> int | None:
    """How long after so many tries the next one is made; None when there is none."""
    return PICTURE_RETRIES_S[tries - 1] if tries <= len(PICTURE_RETRIES_S) else None
