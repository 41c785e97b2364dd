"""Checks that SQL stays at home: a context touches its own tables; of those below it reads views and calls functions.

schema.sql names the owners: COMMENT ON TABLE sale IS 'catalog: …'. Foreign keys and triggers may cross, and what proves
may read everything.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pglast import ast as pg
from pglast import parse_plpgsql, parse_sql
from pglast.enums import ObjectType
from pglast.parser import ParseError

from tests.checks.schema import line_of
from tests.checks.statements import BEGINS, Relations, relations_of, statements_of

FOLDERS = ("engine", "server")
READS_ALL = {"verify"}
OWNER = re.compile(r"([a-z]+): \S")
COMMENTED = (ObjectType.OBJECT_TABLE, ObjectType.OBJECT_VIEW, ObjectType.OBJECT_MATVIEW)
ANY_FUNCTION = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS {}"
Uses = dict[tuple[str, str, str], list[str]]  # (context, verb, table, view or function) → where


@dataclass(frozen=True, slots=True)
class Schema:
    """What schema.sql says of tables, views and functions: whose they are, and what views and functions do."""

    owners: dict[str, str] = field(default_factory=dict)
    function_owners: dict[str, str] = field(default_factory=dict)
    views: dict[str, set[str]] = field(default_factory=dict)
    functions: dict[str, Relations] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def owner_of(self, named: str) -> str:
        return self.owners.get(named) or self.function_owners.get(named, "")


def problems(root: Path) -> list[str]:
    schema = read_schema(root)
    floors = floors_of(root)
    uses: Uses = defaultdict(list)
    found = list(schema.wrong)
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            name = path.relative_to(root)
            statements, wrong = statements_of(path, frozenset(schema.owners), frozenset(schema.functions))
            found += [f"{name}:{line}: {what}" for line, what in wrong]
            for each in statements:
                where = f"{name}:{each.line}"
                note(uses, context_of(name), where, reads=each.reads, writes=each.writes, calls=each.calls)
    for view, reads in schema.views.items():
        note(uses, schema.owner_of(view), f"schema.sql: view {view}", reads=reads)
    for name_of, does in schema.functions.items():
        reads, calls = (does.named - does.written) & schema.owners.keys(), does.called & schema.functions.keys()
        where = f"schema.sql: function {name_of}"
        note(uses, schema.owner_of(name_of), where, reads=reads, writes=does.written, calls=calls)
    for (context, verb, name), places in sorted(uses.items()):
        if not at_home(schema, floors, context, verb, name):
            found += [f"{where}: {context} {verb} {name}, which belongs to {schema.owner_of(name)}" for where in places]
    return found


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
            case pg.CreateFunctionStmt(funcname=(*_, named)):
                made[named.sval] = raw.stmt_location
                schema.functions[named.sval], unread = done_by(raw.stmt)
                where = f"schema.sql:{line_of(text, raw.stmt_location)}: function {named.sval}"
                schema.wrong.extend(f"{where}: SQL that can't be read: {each}" for each in unread)
            case pg.CommentStmt(objtype=ObjectType.OBJECT_FUNCTION, object=function, comment=comment):
                if owner := OWNER.match(comment or ""):
                    schema.function_owners[function.objname[-1].sval] = owner[1]
            case pg.CommentStmt(objtype=kind, object=named, comment=comment) if kind in COMMENTED:
                if owner := OWNER.match(comment or ""):
                    schema.owners[named[-1].sval] = owner[1]
    contexts = {path.parent.name for path in (root / "engine").glob("*/__init__.py")}
    for name, at in made.items():
        if not (owner := schema.owner_of(name)):
            schema.wrong.append(f"schema.sql:{line_of(text, at)}: the comment of {name} begins with no owner")
        elif owner not in contexts:
            schema.wrong.append(f"schema.sql:{line_of(text, at)}: {name} belongs to {owner}, which is no context")
    return schema


def done_by(function: pg.CreateFunctionStmt) -> tuple[Relations, list[str]]:
    """What a function in SQL or PL/pgSQL names, and its statements that can't be read."""
    if function.sql_body is not None:  # parsed already, and bound when the function is made
        does = Relations()
        does(function.sql_body)
        return does, []
    options = {each.defname: each.arg for each in function.options}
    texts: list[str] = [options["as"][0].sval]
    if options["language"].sval == "plpgsql":
        texts = list(queries_in(parse_plpgsql(ANY_FUNCTION.format(f"$body${texts[0]}$body$"))))
    does, unread = Relations(), []
    for text in texts:
        if (found := relations_of(text)) is not None:
            does.take_in(found)
        elif BEGINS.match(text):
            unread.append(" ".join(text.split())[:60])
    return does, unread


def queries_in(tree: Any) -> Iterator[str]:
    """Whatever a tree of PL/pgSQL asks Postgres."""
    if isinstance(tree, dict):
        for name, part in tree.items():
            if name == "query":
                yield part
            else:
                yield from queries_in(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from queries_in(part)


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


def note(uses: Uses, context: str, where: str, **named: Collection[str]) -> None:
    """`named` says what the statement there does with which tables, views and functions."""
    for verb, those in named.items():
        for name in those:
            uses[context, verb, name].append(where)


def at_home(schema: Schema, floors: list[str], context: str, verb: str, table: str) -> bool:
    owner = schema.owner_of(table)
    if not owner or owner == context:
        return True  # a table without an owner is told of in schema.sql
    below = owner in floors and context in floors and floors.index(owner) < floors.index(context)
    if verb == "calls":
        return below
    return verb == "reads" and (context in READS_ALL or (table in schema.views and below))
