"""How acts are exported: JSON lines, from which every link can be recomputed, or a table to read.

Pure. Guarantees: no cell of a table is a formula to a spreadsheet; an apostrophe before one changes what was hashed, so
a table is for reading.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from engine.audit.model import FIELDS
from engine.tables import table_row

NAMES = (*FIELDS, "previous", "hash")


class Format(Enum):
    JSONL = "jsonl"
    CSV = "csv"

    @property
    def content_type(self) -> str:
        return "application/jsonl" if self is Format.JSONL else "text/csv"

    @property
    def head(self) -> str:
        """What stands before the first act."""
        return "" if self is Format.JSONL else table_row(NAMES)

    @property
    def line(self) -> Callable[[Mapping[str, Any]], str]:
        """How an act is written."""
        return json_line if self is Format.JSONL else csv_line


def json_line(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False) + "\n"


def csv_line(fields: Mapping[str, Any]) -> str:
    return table_row([fields[name] for name in NAMES])
