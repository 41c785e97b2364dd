"""How acts are exported: JSON lines, from which every link can be recomputed, or a table to read.

Pure. Guarantees: no cell of a table is a formula to a spreadsheet; an apostrophe before one changes what was hashed, so
a table is for reading.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from engine.audit.model import FIELDS

NAMES = (*FIELDS, "previous", "hash")
# A cell that begins with one of these is a formula to a spreadsheet; an apostrophe before it makes it text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Format(Enum):
    JSONL = "jsonl"
    CSV = "csv"

    @property
    def content_type(self) -> str:
        return "application/jsonl" if self is Format.JSONL else "text/csv"

    @property
    def head(self) -> str:
        """What stands before the first act."""
        return "" if self is Format.JSONL else _row(NAMES)

    @property
    def line(self) -> Callable[[Mapping[str, Any]], str]:
        """How an act is written."""
        return json_line if self is Format.JSONL else csv_line


def json_line(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False) + "\n"


def csv_line(fields: Mapping[str, Any]) -> str:
    return _row([cell(fields[name]) for name in NAMES])


def _row(cells: Any) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def cell(value: object) -> str:
    """The value as a spreadsheet may have it: text, and never a formula."""
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
