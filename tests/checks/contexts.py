"""What engine/contexts.py lists is what else is said of contexts: packages, floors of the import contract, owners of
tables in schema.sql, and the table in docs/architecture.md, which `python -m tests.checks.contexts` writes anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.context import Context
from engine.contexts import CONTEXTS
from tests.checks.owners import floors_of, read_schema

ROOT = Path(__file__).resolve().parents[2]
LIST = "engine/contexts.py"
PAGE = "docs/architecture.md"
HEAD = ["| floor | context | owns | golden source |", "|---|---|---|---|"]


def problems(root: Path, contexts: Sequence[Context] = CONTEXTS) -> list[str]:
    names = [context.name for context in contexts]
    packages = {path.parent.name for path in (root / "engine").glob("*/__init__.py")}
    found = [f"engine/{name}/__init__.py:1: is in no line of {LIST}" for name in sorted(packages - set(names))]
    floors = [name for name in floors_of(root) if name in packages]
    if not found and floors != names:
        found.append(f"pyproject.toml:1: floors from below are {', '.join(floors)}, and {LIST} has {', '.join(names)}")
    schema = read_schema(root)
    for context in contexts:
        owned = {name for name, owner in schema.owners.items() if owner == context.name} - schema.views.keys()
        for name in sorted(owned ^ set(context.tables)):
            said = (
                "is said to own it, and does not say so" if name in owned else "says it owns it, and is not its owner"
            )
            found.append(f"schema.sql:1: {name}: {context.name} {said}")
    if rows_of((root / PAGE).read_text(encoding="utf-8")) != table(contexts):
        found.append(f"{PAGE}:1: its contexts are not those of {LIST}; run python -m tests.checks.contexts")
    return found


def table(contexts: Sequence[Context]) -> list[str]:
    rows = [f"| {each.floor.value} | `{each.name}` | {each.owns} | {each.source} |" for each in contexts]
    return [*HEAD, *rows]


def rows_of(page: str) -> list[str]:
    """The lines of the table of contexts as the page has them."""
    lines = page.splitlines()
    first = lines.index(HEAD[0]) if HEAD[0] in lines else len(lines)
    rows: list[str] = []
    for line in lines[first:]:
        if not line.startswith("|"):
            break
        rows.append(line)
    return rows


def written(page: str, contexts: Sequence[Context]) -> str:
    return page.replace("\n".join(rows_of(page)), "\n".join(table(contexts)))


if __name__ == "__main__":
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    (ROOT / PAGE).write_text(written(text, CONTEXTS), encoding="utf-8")
