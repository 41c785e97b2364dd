"""Every SQL text in a module: found in the syntax tree, parsed as Postgres parses it, with what it names.

A text counts when it parses and names a table, or calls a function of ours. One that begins like a statement, or has a
table after FROM or JOIN, must parse: as it is, with NULL, nothing or a name in its holes, or as an expression. What
can't be read is a problem; so is what outlives its transaction, since a pool clears no connection.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product, zip_longest
from pathlib import Path

from pglast import ast as pg
from pglast import parse_sql
from pglast.enums import ObjectType
from pglast.parser import ParseError
from pglast.visitors import Skip, Visitor

_BEFORE_A_WORD = "INSERT|UPDATE|DELETE|MERGE|TRUNCATE|COPY|LOCK|CREATE|ALTER|DROP|REFRESH"
BEGINS = re.compile(rf"\s*\(?(?:(?:SELECT|WITH|TABLE)\s|(?:{_BEFORE_A_WORD})\s+[A-Za-z{{])")
NAMES_A_TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|USING|TABLE)\s+(?:ONLY\s+)?([a-z_]+)", re.IGNORECASE)
HOLE = re.compile(r"\{\w*\}")
FILLED_IN = "filled_in"  # stands for a name that is put in
HOLES_MAX = 4  # that are tried in every way; the statement that has more is to be written otherwise
# asyncpg's ways to fill a table, whose first argument names it.
COPIES = {"copy_records_to_table", "copy_to_table", "copy_from_table"}
# What a session keeps; allowed where connections are used alone and then closed.
LASTS = re.compile(
    r"^\s*SET\s+(?!LOCAL\b)[A-Za-z]|^\s*LISTEN\s|\bset_config\([^)]*\bfalse\)|\bpg_(try_)?advisory_(un)?lock"
)
ALONE = Path("engine/stores/schema.py")
RELATIONS = (ObjectType.OBJECT_TABLE, ObjectType.OBJECT_VIEW, ObjectType.OBJECT_MATVIEW)
SYSTEM = ("pg_", "information_schema")


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL text. A table that it writes is not among those it reads."""

    line: int
    reads: frozenset[str]
    writes: frozenset[str]
    calls: frozenset[str] = frozenset()


class Relations(Visitor):
    """Collects the relations of a tree: those it names, writes, and makes for itself; and the functions it calls."""

    def __init__(self) -> None:
        super().__init__()
        self.named: set[str] = set()
        self.written: set[str] = set()
        self.made: set[str] = set()  # WITH queries, temporary tables
        self.called: set[str] = set()

    def take_in(self, other: Relations) -> None:
        self.named |= other.named
        self.written |= other.written
        self.made |= other.made
        self.called |= other.called

    def visit_RangeVar(self, _: object, node: pg.RangeVar) -> None:
        if not (node.schemaname or node.relname).startswith(SYSTEM):
            self.named.add(node.relname)

    def visit_FuncCall(self, _: object, node: pg.FuncCall) -> None:
        self.called.add(node.funcname[-1].sval)

    def visit_LockingClause(self, _: object, __: pg.LockingClause) -> object:
        return Skip  # says again, by an alias, what FROM says

    def visit_CommonTableExpr(self, _: object, node: pg.CommonTableExpr) -> None:
        self.made.add(node.ctename)

    def visit_CreateStmt(self, _: object, node: pg.CreateStmt) -> None:
        if node.relation.relpersistence == "t":
            self.made.add(node.relation.relname)

    def visit_InsertStmt(self, _: object, node: pg.InsertStmt) -> None:
        self.written.add(node.relation.relname)

    visit_UpdateStmt = visit_DeleteStmt = visit_MergeStmt = visit_InsertStmt

    def visit_CopyStmt(self, _: object, node: pg.CopyStmt) -> None:
        if node.is_from:
            self.written.add(node.relation.relname)

    def visit_DropStmt(self, _: object, node: pg.DropStmt) -> None:
        if node.removeType in RELATIONS:
            self.named.update(each[-1].sval for each in node.objects)
            self.written.update(each[-1].sval for each in node.objects)

    def visit_TruncateStmt(self, _: object, node: pg.TruncateStmt) -> None:
        self.written.update(each.relname for each in node.relations)


def relations(sql: str) -> Relations | None:
    """What a text names; None when it does not parse."""
    try:
        tree = parse_sql(sql)
    except (ParseError, UnicodeEncodeError):
        return None
    found = Relations()
    found(tree)
    return found


def relations_of(text: str) -> Relations | None:
    """The same for a text with holes, or for an expression."""
    parts = HOLE.split(text)
    fillings = product(("NULL", ""), repeat=min(len(parts) - 1, HOLES_MAX))
    filled = ["".join(map("".join, zip_longest(parts, filling, fillvalue=""))) for filling in fillings]
    for tried in (*filled, f"SELECT {filled[0]}", FILLED_IN.join(parts)):
        if (found := relations(tried)) is not None:
            return found
    return None


def statements_of(
    path: Path, tables: frozenset[str], functions: frozenset[str] = frozenset()
) -> tuple[list[Statement], list[tuple[int, str]]]:
    """The statements of a module, and what is wrong with them: (line, what)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    wrong: list[tuple[int, str]] = []
    read: list[tuple[int, str, Relations]] = []
    for line, text in Texts(tree).whole():
        if LASTS.search(text) and not path.match(str(ALONE)):
            wrong.append((line, "this outlives its transaction, and a pool clears no connection"))
        found = relations_of(text)
        if found is not None:
            read.append((line, text, found))
        elif BEGINS.match(text) or tables & set(NAMES_A_TABLE.findall(text)):
            wrong.append((line, f"SQL that can't be read: {' '.join(text.split())[:60]}"))
    made = {name for *_, each in read for name in each.made}
    wrong += [
        (line, f"{name} is a table; call what is made here something else")
        for line, _, each in read
        for name in sorted(each.made & tables)
    ]
    known = tables | made
    found_here: list[Statement] = []
    for line, text, each in read:
        if BEGINS.match(text):
            for name in sorted(each.named - known):
                what = "the name of a table is filled in" if name == FILLED_IN else f"no table or view is called {name}"
                wrong.append((line, what))
        if each.named & tables or each.called & functions:
            writes = frozenset(each.written & tables)
            reads, calls = frozenset(each.named & tables) - writes, frozenset(each.called & functions)
            found_here.append(Statement(line, reads, writes, calls))
    for line, table in copies(tree):
        if table in tables:
            found_here.append(Statement(line, frozenset(), frozenset((table,))))
        elif table not in made:
            wrong.append((line, "copies into a table whose name can't be read here"))
    return found_here, wrong


def copies(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Calls that fill a table; "" when the table isn't named in the call itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in COPIES:
            first = node.args[0] if node.args else None
            yield node.lineno, str(first.value) if isinstance(first, ast.Constant) else ""


class Texts:
    """The texts of a module, put together where they are written in parts; docstrings are left out."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._named: dict[str, str] = {}  # constants of the module
        self._parts: set[str] = set()  # those that other texts are made of
        for node in tree.body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                text = self._text(node.value)
                if isinstance(target, ast.Name) and text is not None:
                    self._named[target.id] = text

    def whole(self) -> list[tuple[int, str]]:
        """Each text with its line; a part of others does not count by itself."""
        found = list(self._walk(self._tree))
        return [(line, text) for line, text in found if text not in self._parts]

    def _walk(self, node: ast.AST) -> Iterator[tuple[int, str]]:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        if isinstance(node, ast.expr) and not isinstance(node, ast.Name) and (text := self._text(node)) is not None:
            yield node.lineno, text
            return
        for child in ast.iter_child_nodes(node):
            yield from self._walk(child)

    def _text(self, node: ast.AST) -> str | None:
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Name(id=name):
                return self._named.get(name)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                parts = [self._text(left), self._text(right)]
                if None in parts:
                    return None
                self._note_parts(left, right)
                return "".join(part or "" for part in parts)
            case ast.JoinedStr(values=values):
                filled = [each.value if isinstance(each, ast.FormattedValue) else each for each in values]
                self._note_parts(*filled)
                return "".join("{}" if (text := self._text(each)) is None else text for each in filled)
        return None

    def _note_parts(self, *nodes: ast.AST) -> None:
        self._parts |= {self._named[node.id] for node in nodes if isinstance(node, ast.Name) and node.id in self._named}
