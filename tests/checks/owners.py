"""Checks that SQL stays at home: a context touches its own tables, and reads views that one below it publishes.

schema.sql names the owners: COMMENT ON TABLE sale IS 'catalog: …'. Foreign keys may cross, and what proves may read
everything. Other crossings are listed in tests/checks/crossings.py with their reasons: no more statements than listed,
and none that are gone. Bodies of functions in schema.sql are not read.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pglast import ast as pg
from pglast import parse_sql
from pglast.enums import ObjectType
from pglast.parser import ParseError

from tests.checks.crossings import CROSSINGS, Crossing
from tests.checks.schema import line_of
from tests.checks.statements import Relations, statements_of

FOLDERS = ("engine", "server")
# Owners whose packages are still to come: until then each statement is a crossing.
TO_COME: set[str] = set()
READS_ALL = {"rehearsals", "verify"}
OWNER = re.compile(r"([a-z]+): \S")
COMMENTED = (ObjectType.OBJECT_TABLE, ObjectType.OBJECT_VIEW, ObjectType.OBJECT_MATVIEW)
Uses = dict[tuple[str, str, str], list[str]]  # (context, verb, table) → where


@dataclass(frozen=True, slots=True)
class Schema:
    """What schema.sql says of tables and views: whose they are, and what a view reads."""

    owners: dict[str, str] = field(default_factory=dict)
    views: dict[str, set[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def problems(root: Path, crossings: Sequence[Crossing] = CROSSINGS) -> list[str]:
    schema = read_schema(root)
    floors = floors_of(root)
    uses: Uses = defaultdict(list)
    found = list(schema.wrong)
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            name = path.relative_to(root)
            statements, wrong = statements_of(path, frozenset(schema.owners))
            found += [f"{name}:{line}: {what}" for line, what in wrong]
            for each in statements:
                note(uses, context_of(name), f"{name}:{each.line}", each.reads, each.writes)
    for view, reads in schema.views.items():
        note(uses, schema.owners.get(view, ""), f"schema.sql: view {view}", reads, ())
    crossed = {
        (context, verb, table): where
        for (context, verb, table), where in uses.items()
        if not at_home(schema, floors, context, verb, table)
    }
    return found + unlisted(schema, crossed, crossings) + gone(crossed, crossings)


def read_schema(root: Path) -> Schema:
    schema = Schema()
    text = (root / "schema.sql").read_text(encoding="utf-8")
    try:
        statements = parse_sql(text)
    except ParseError:
        return schema  # told by the check of the schema itself
    made: dict[str, int] = {}
    for raw in statements:
        match raw.stmt:
            case pg.CreateStmt(relation=relation, partbound=None):
                made[relation.relname] = raw.stmt_location
            case pg.ViewStmt(view=relation, query=query):
                made[relation.relname] = raw.stmt_location
                seen = Relations()
                seen(query)
                schema.views[relation.relname] = seen.named - seen.made
            case pg.CommentStmt(objtype=kind, object=named, comment=comment) if kind in COMMENTED:
                if owner := OWNER.match(comment or ""):
                    schema.owners[named[-1].sval] = owner[1]
    packages = {path.parent.name for path in (root / "engine").glob("*/__init__.py")}
    contexts = packages | TO_COME
    schema.wrong.extend(f"tests/checks/owners.py: {name} has come: take it off" for name in sorted(packages & TO_COME))
    for name, at in made.items():
        owner = schema.owners.setdefault(name, "")
        if not owner:
            schema.wrong.append(f"schema.sql:{line_of(text, at)}: the comment of {name} begins with no owner")
        elif owner not in contexts:
            schema.wrong.append(f"schema.sql:{line_of(text, at)}: {name} belongs to {owner}, which is no context")
    return schema


def floors_of(root: Path) -> list[str]:
    """The contexts, lowest first, as the import contract has them."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers: list[str] = next(each["layers"] for each in contracts if "engine" in each.get("containers", ()))
    return [name for layer in reversed(layers) for name in re.split(r"\s*[:|]\s*", layer)]


def context_of(name: Path) -> str:
    """The package of a module; modules beside the contexts, and the server, own nothing."""
    return name.parts[1] if name.parts[0] == "engine" and len(name.parts) > 2 else name.parts[0]


def note(uses: Uses, context: str, where: str, reads: Collection[str], writes: Collection[str]) -> None:
    for table in reads:
        uses[context, "reads", table].append(where)
    for table in writes:
        uses[context, "writes", table].append(where)


def at_home(schema: Schema, floors: list[str], context: str, verb: str, table: str) -> bool:
    owner = schema.owners.get(table)
    if not owner or owner == context:
        return True  # a table without an owner is told of in schema.sql
    if verb != "reads":
        return False
    below = owner in floors and context in floors and floors.index(owner) < floors.index(context)
    return context in READS_ALL or (table in schema.views and below)


def unlisted(schema: Schema, crossed: Uses, crossings: Sequence[Crossing]) -> list[str]:
    """Crossings that are on no list, or of which there are more than the list says."""
    known = {(each.context, each.verb, each.table): each.statements for each in crossings}
    found = []
    for key, where in sorted(crossed.items()):
        context, verb, table = key
        if len(where) > known.get(key, 0):
            more = f" in {len(where)} statements, and {known[key]} are known" if key in known else ""
            found.append(f"{where[-1]}: {context} {verb} {table}, which belongs to {schema.owners[table]}{more}")
    return found


def gone(crossed: Uses, crossings: Sequence[Crossing]) -> list[str]:
    """Crossings on the list that are no more, or fewer."""
    found = []
    for each in crossings:
        there = len(crossed.get((each.context, each.verb, each.table), ()))
        if there < each.statements:
            said = f"{each.context} {each.verb} {each.table} in {there} statements, and not in {each.statements}"
            found.append(f"tests/checks/crossings.py: {said}: mend the list")
    return found
