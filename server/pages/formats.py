"""Moments as people of each language write them, for what the server renders itself.

Small on purpose: pages in a browser use Intl; this serves titles, pictures and PDFs.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from server.pages.language import name_of


def moment(at: datetime, zone: str, language: str) -> str:
    """`Mon 1 March 2027, 20:30` at the clocks of `zone`."""
    local = at.astimezone(ZoneInfo(zone))
    weekday = name_of(language, "weekdays", local.weekday())
    month = name_of(language, "months", local.month - 1)
    of = " " if language == "en" else " de "
    return f"{weekday} {local.day}{of}{month}{of}{local.year}, {local:%H:%M}"
