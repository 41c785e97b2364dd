"""Pictures that an organizer named, as their organizer sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from typing_extensions import TypedDict

from engine.limits import LINE_CHARS_MAX
from engine.text import Written
from server.contract.asks import Ask
from server.contract.sales import PictureSize


class PictureBody(Ask):
    url: Annotated[str, Written(LINE_CHARS_MAX)]


class PictureShape(TypedDict):
    url: str
    state: Literal["due", "kept", "failed"]
    tries: int
    fault: str
    due_at: datetime | None
    pictures: list[PictureSize]


class PicturesShape(TypedDict):
    items: list[PictureShape]
