"""Checks packed records: each grows at its end only, since two releases read and write the same ones.

A record is named where its fields are, in the comment that a script or fragment begins with: `-- A cart is packed as
{id, state}.` `released_records.json` has each as the last release had it; `python -m tests.checks.records`, run when
one is made, takes in what it has now.
"""

import json
import re
from pathlib import Path

RECORD = re.compile(r"^-- An? (?P<name>\w+) is packed as \{(?P<fields>[^}]+)\}", re.MULTILINE)
RELEASED = Path(__file__).parent / "released_records.json"


def records(root: Path) -> dict[str, list[str]]:
    """record → its fields, as the scripts of this tree say."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((root / "lua").rglob("*.lua"))]
    return {found["name"]: found["fields"].split(", ") for text in texts for found in RECORD.finditer(text)}


def problems(root: Path) -> list[str]:
    return compared(json.loads(RELEASED.read_text(encoding="utf-8")), records(root))


def compared(released: dict[str, list[str]], now: dict[str, list[str]]) -> list[str]:
    return [
        f"lua: the fields of a {name} were {{{', '.join(fields)}}} in the last release: add others after them"
        for name, fields in released.items()
        if now.get(name, [])[: len(fields)] != fields
    ]


if __name__ == "__main__":
    found = records(RELEASED.parents[2])
    RELEASED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
