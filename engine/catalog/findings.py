"""Where the parts that read a sale put the mistakes they find.

Pure. Guarantees: one mistake per path, and none that only follows from another one.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from engine.catalog.local_time import Moment, zone_of
from engine.catalog.mistakes import Lines, Mistake, Path, mistake_at
from engine.catalog.names import id_of
from engine.limits import MISTAKES_TOLD_MAX


class Findings:
    """Mistakes of one source, in the order of its lines."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self._found: dict[Path, Mistake] = {}

    def add(self, path: Path, message: str) -> None:
        self._found.setdefault(path, mistake_at(path, message, self.lines))

    def take(self, found: list[tuple[Path, Mistake]]) -> None:
        for path, mistake in found:
            self._found.setdefault(path, mistake)

    def fine(self, *paths: Path) -> bool:
        """Whether nothing at or below these paths is wrong, so that more may be asked of them."""
        return not any(bad[: len(path)] == path for bad in self._found for path in paths)

    @property
    def paths(self) -> list[Path]:
        return list(self._found)

    def listed(self) -> list[Mistake]:
        ordered = sorted(self._found.values(), key=lambda mistake: mistake.line or 0)
        return ordered[:MISTAKES_TOLD_MAX]


def read_zone(name: str | None, path: Path, findings: Findings) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return zone_of(name)
    except ValueError as wrong:
        findings.add(path, str(wrong))
        return None


def read_moment(
    moment: Moment | None, path: Path, zone: ZoneInfo | None, now: datetime, findings: Findings
) -> datetime | None:
    """The instant; None when it was not given or is wrong, or when the zone is not known."""
    if moment is None:
        return None
    try:
        return moment.resolve(zone or ZoneInfo("UTC"), now)
    except ValueError as wrong:
        findings.add(path, str(wrong))
        return None


def fresh_id(key: str, taken: dict[str, str], path: Path, findings: Findings) -> str:
    """The id that `key` gives; `taken` are those given before, with the names that gave them."""
    made = id_of(key)
    if not made:
        findings.add(path, "needs a name with letters or digits in it")
    else:
        take_id(made, key, taken, path, findings)
    return made


def take_id(made: str, key: str, taken: dict[str, str], path: Path, findings: Findings) -> None:
    if made in taken:
        findings.add(path, f"has the same id as {taken[made]!r}, which is {made}: give one of them another name")
    else:
        taken[made] = key
