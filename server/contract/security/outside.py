"""Logins at outside providers as they are listed."""

from __future__ import annotations

from collections.abc import Iterable

from typing_extensions import TypedDict

from engine.accounts import LinkedView
from server.contract.stamps import in_ms, in_ms_if_any


class OutsideShape(TypedDict):
    id: str
    name: str


class OutsidesShape(TypedDict):
    items: list[OutsideShape]


class LinkedOutside(OutsideShape):
    linked_at_ms: int
    last_used_at_ms: int | None


class LinkedShape(TypedDict):
    items: list[LinkedOutside]


def linked_shape(found: Iterable[LinkedView]) -> LinkedShape:
    items = [
        LinkedOutside(
            id=each.provider,
            name=each.name,
            linked_at_ms=in_ms(each.linked_at),
            last_used_at_ms=in_ms_if_any(each.last_used_at),
        )
        for each in found
    ]
    return {"items": items}
