"""Parses schema.sql with Postgres' own parser, and asks of every table a comment that begins with its owner."""

import re
from pathlib import Path

from pglast import parse_sql
from pglast.ast import CommentStmt, CreateStmt
from pglast.enums import ObjectType
from pglast.parser import ParseError

OWNER = re.compile(r"[a-z_]+: \S")


def problems(root: Path) -> list[str]:
    path = root / "schema.sql"
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    try:
        statements = parse_sql(text)
    except ParseError as error:
        at = error.args[1] if len(error.args) > 1 else 0
        return [f"schema.sql:{line_of(text, at)}: {error.args[0]}"]
    commented = {
        ".".join(part.sval for part in raw.stmt.object)
        for raw in statements
        if isinstance(raw.stmt, CommentStmt)
        and raw.stmt.objtype == ObjectType.OBJECT_TABLE
        and OWNER.match(raw.stmt.comment or "")
    }
    return [
        f"schema.sql:{line_of(text, raw.stmt_location)}: table {raw.stmt.relation.relname} has no COMMENT of its owner"
        for raw in statements
        if isinstance(raw.stmt, CreateStmt)
        and raw.stmt.relation.relname not in commented
        and raw.stmt.partbound is None
    ]


def line_of(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
