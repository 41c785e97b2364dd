"""Checks in schema.sql that no organizer's row lies open to the office: each table with an organizer_id has a policy.

Or its context has a reason here, and then the office's role is granted nothing of it but what the reason says. A table
that is granted has a policy, whether or not it names the organizer itself; a view that is granted asks as its reader.
"""

from __future__ import annotations

import re
from pathlib import Path

from pglast import ast as pg
from pglast import parse_sql
from pglast.enums import AlterTableType, ObjectType
from pglast.parser import ParseError

from tests.checks.owners import read_schema

ROLE = "aforo_office"
# Contexts whose tables the office's role can't touch, and why none of it is done as that role.
APART = {
    "access": "who asks is found out before the role is taken",
    "accounts": "who may do what is found out before the role is taken",
    "audit": "refusals of the running minute are counted by the owner; acts themselves have their policy",
    "messages": "letters are written and sent by the owner, who knows every address",
    "outbox": "read across organizers, in the order of its ids",
    "people": "a person belongs to nobody until an import relates it to an organizer, in one statement",
    "rights": "erasing looks across organizers, as the owner",
    "vault": "only the vault reads people, and the office asks it",
    "promos": "what text messages cost is counted by the worker",
}


def problems(root: Path) -> list[str]:
    path = root / "schema.sql"
    try:
        statements = [raw.stmt for raw in parse_sql(path.read_text(encoding="utf-8"))]
    except (FileNotFoundError, ParseError):
        return []  # told by the check of the schema itself
    schema = read_schema(root)
    named, guarded, enabled, granted, asking = (set[str]() for _ in range(5))
    for stmt in statements:
        match stmt:
            case pg.CreateStmt(relation=relation, partbound=None):
                if any(isinstance(each, pg.ColumnDef) and each.colname == "organizer_id" for each in stmt.tableElts):
                    named.add(relation.relname)
            case pg.CreatePolicyStmt(table=table, roles=roles) if any(each.rolename == ROLE for each in roles):
                guarded.add(table.relname)
            case pg.AlterTableStmt(relation=relation, cmds=cmds):
                enabled |= {relation.relname for each in cmds if each.subtype == AlterTableType.AT_EnableRowSecurity}
                asking |= {relation.relname for each in cmds if as_invoker(each)}
            case pg.GrantStmt(is_grant=True, objtype=ObjectType.OBJECT_TABLE, objects=objects, grantees=grantees):
                if any(each.rolename == ROLE for each in grantees):
                    granted |= {each.relname for each in objects}
    found = [
        f"schema.sql: {name} has an organizer_id and no policy for {ROLE}; {schema.owner_of(name)} is not in APART"
        for name in sorted(named - guarded)
        if schema.owner_of(name) not in APART
    ]
    tables = granted - schema.views.keys()
    found += [f"schema.sql: {name} is granted to {ROLE} without a policy" for name in sorted(tables - guarded)]
    found += [f"schema.sql: {name} has a policy, and no row security" for name in sorted(guarded - enabled)]
    views = (granted & schema.views.keys()) - asking
    found += [f"schema.sql: view {name} is granted to {ROLE} and shows what its owner sees" for name in sorted(views)]
    return found


def as_invoker(cmd: pg.AlterTableCmd) -> bool:
    """Whether it lets a view ask as its reader."""
    if cmd.subtype != AlterTableType.AT_SetRelOptions:
        return False
    return any(each.defname == "security_invoker" and re.search("true", str(each.arg)) for each in cmd.def_)
