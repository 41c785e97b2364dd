"""The table in docs/people.md of what is kept, and for how long, is what the contexts declare.

`python -m tests.checks.retention` writes it anew. Each rule names a job that its context has.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.context import Context
from engine.contexts import CONTEXTS
from engine.retention import rules

ROOT = Path(__file__).resolve().parents[2]
PAGE = Path("docs") / "people.md"
HEAD = ["| what | kept | why | removed by the job |", "|---|---|---|---|"]


def problems(root: Path, contexts: Sequence[Context] = CONTEXTS) -> list[str]:
    if rows_of((root / PAGE).read_text(encoding="utf-8")) != table(contexts):
        return [f"{PAGE}:1: what is kept is not what contexts declare; run python -m tests.checks.retention"]
    return []


def table(contexts: Sequence[Context]) -> list[str]:
    rows = [
        f"| {rule.kept.name} (`{rule.context}`) | {rule.how_long} | {rule.kept.why} | {rule.kept.job} |"
        for rule in rules(contexts)
    ]
    return [*HEAD, *rows]


def rows_of(page: str) -> list[str]:
    """The lines of the table as the page has them."""
    lines = page.splitlines()
    first = lines.index(HEAD[0]) if HEAD[0] in lines else len(lines)
    rows: list[str] = []
    for line in lines[first:]:
        if not line.startswith("|"):
            break
        rows.append(line)
    return rows


if __name__ == "__main__":
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    (ROOT / PAGE).write_text(text.replace("\n".join(rows_of(text)), "\n".join(table(CONTEXTS))), encoding="utf-8")
