"""Tables that people open in a spreadsheet. Pure. Guarantees: no cell is a formula to it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

# A cell that begins with one of these is a formula to a spreadsheet; an apostrophe before it makes it text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table_row(cells: Sequence[object]) -> str:
    """A line of CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([cell(each) for each in cells])
    return text.getvalue()


def cell(value: object) -> str:
    """The value as a spreadsheet may have it: text, and never a formula."""
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
