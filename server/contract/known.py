"""What is known of somebody, as it is shown to themselves."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from typing_extensions import TypedDict

from engine.rights import Export
from server.contract.stamps import in_ms


class KnownSection(TypedDict):
    """Rows of one kind; there are more when it is `cut`. Which fields they have depends on the kind."""

    name: str
    rows: list[dict[str, Any]]
    cut: bool


class KnownShape(TypedDict):
    """Instants are in ISO 8601, but for `made_at_ms`; money is in the smallest unit of its currency."""

    made_at_ms: int
    sections: list[KnownSection]


def known_shape(export: Export) -> KnownShape:
    return {
        "made_at_ms": in_ms(export.made_at),
        "sections": [
            {
                "name": section.name,
                "rows": [{name: written(value) for name, value in row.items()} for row in section.rows],
                "cut": section.cut,
            }
            for section in export.sections
        ],
    }


def written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value
