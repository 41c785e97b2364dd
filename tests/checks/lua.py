"""Lints the Lua scripts: syntax of Lua 5.1, no accidental globals, no unused or shadowed locals.

A script is read as the server gets it, with its fragments in place; a mistake is told at its own file and line.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from luaparser import ast, astnodes

from engine.stores.scripts import INCLUDE

GLOBALS = frozenset(
    [
        "KEYS",
        "ARGV",
        "redis",
        "server",
        "cjson",
        "cmsgpack",
        "bit",
        "struct",
        "assert",
        "error",
        "ipairs",
        "next",
        "pairs",
        "pcall",
        "select",
        "tonumber",
        "tostring",
        "type",
        "unpack",
        "math",
        "string",
        "table",
    ]
)
# What the grammar takes and Lua 5.1, which Redis runs, does not.
TOO_NEW = (
    *(astnodes.FloorDivOp, astnodes.BAndOp, astnodes.BOrOp, astnodes.BXorOp, astnodes.BShiftLOp, astnodes.BShiftROp),
    *(astnodes.UBNotOp, astnodes.Goto, astnodes.Label),
)


@dataclass
class Name:
    """A local: where it was made, and whether anything reads it."""

    line: int
    read: bool = False


@dataclass
class Scopes:
    """The locals in sight while a script is walked, the innermost last."""

    found: list[tuple[int, str]] = field(default_factory=list)
    stack: list[dict[str, Name]] = field(default_factory=list)

    def open(self) -> None:
        self.stack.append({})

    def close(self) -> None:
        for name, made in self.stack.pop().items():
            if not made.read and not name.startswith("_"):
                self.found.append((made.line, f"local {name} is never read"))

    def make(self, name: str, line: int) -> None:
        if name != "_" and any(name in scope for scope in self.stack):
            self.found.append((line, f"local {name} hides another of that name"))
        self.stack[-1][name] = Name(line)

    def read(self, name: str, line: int) -> None:
        for scope in reversed(self.stack):
            if name in scope:
                scope[name].read = True
                return
        if name not in GLOBALS:
            self.found.append((line, f"{name} is no local and no global of Redis"))

    def write(self, name: str, line: int) -> None:
        if not any(name in scope for scope in self.stack):
            self.found.append((line, f"{name} is assigned without `local`"))


class Linter:
    """Walks a tree in the order in which Lua sees names."""

    def __init__(self) -> None:
        self.scopes = Scopes()
        self.line = 1

    def lint(self, chunk: astnodes.Chunk) -> list[tuple[int, str]]:
        self.block(chunk.body)
        return sorted(self.scopes.found)

    def block(self, node: astnodes.Block, names: list[astnodes.Name] | None = None) -> None:
        self.scopes.open()
        for name in names or []:
            if isinstance(name, astnodes.Name):
                self.scopes.make(name.id, self.line)
        for statement in node.body:
            self.visit(statement)
        self.scopes.close()

    def visit(self, node: object) -> None:
        if isinstance(node, list):
            for each in node:
                self.visit(each)
        if not isinstance(node, astnodes.Node):
            return
        self.line = node.line or self.line
        if isinstance(node, TOO_NEW):
            self.scopes.found.append((self.line, f"{type(node).__name__} is not in Lua 5.1"))
        handle = getattr(self, f"visit_{type(node).__name__}", None)
        if handle is not None:
            handle(node)
        else:
            self.children(node)

    def children(self, node: astnodes.Node) -> None:
        for each in vars(node).values():
            if isinstance(each, astnodes.Node | list):
                self.visit(each)

    def visit_Name(self, node: astnodes.Name) -> None:  # called by the name of the node
        self.scopes.read(node.id, self.line)

    def visit_Block(self, node: astnodes.Block) -> None:
        self.block(node)

    def visit_LocalAssign(self, node: astnodes.LocalAssign) -> None:
        self.visit(node.values)
        for name in node.targets:
            self.scopes.make(name.id, self.line)

    def visit_Assign(self, node: astnodes.Assign) -> None:
        self.visit(node.values)
        for target in node.targets:
            if isinstance(target, astnodes.Name):
                self.scopes.write(target.id, self.line)
            else:
                self.visit(target)

    def visit_LocalFunction(self, node: astnodes.LocalFunction) -> None:
        self.scopes.make(node.name.id, self.line)
        self.block(node.body, node.args)

    def visit_Function(self, node: astnodes.Function) -> None:
        if isinstance(node.name, astnodes.Name):
            self.scopes.write(node.name.id, self.line)
        self.block(node.body, node.args)

    def visit_AnonymousFunction(self, node: astnodes.AnonymousFunction) -> None:
        self.block(node.body, node.args)

    def visit_Fornum(self, node: astnodes.Fornum) -> None:
        self.visit([node.start, node.stop, node.step])
        self.block(node.body, [node.target])

    def visit_Forin(self, node: astnodes.Forin) -> None:
        self.visit(node.iter)
        self.block(node.body, node.targets)

    def visit_Repeat(self, node: astnodes.Repeat) -> None:
        # The condition sees the locals of the body.
        self.scopes.open()
        self.visit(node.body.body)
        self.visit(node.test)
        self.scopes.close()

    def visit_Index(self, node: astnodes.Index) -> None:
        self.visit(node.value)
        if node.notation == astnodes.IndexNotation.SQUARE:
            self.visit(node.idx)

    def visit_Invoke(self, node: astnodes.Invoke) -> None:
        self.visit(node.source)
        self.visit(node.args)

    def visit_Field(self, node: astnodes.Field) -> None:
        if node.between_brackets:
            self.visit(node.key)
        self.visit(node.value)


def expanded(folder: Path, name: str, included: set[str]) -> Iterator[tuple[str, int, str]]:
    """The lines of a script with its fragments in place, each with the file and line it comes from."""
    for number, line in enumerate((folder / name).read_text(encoding="utf-8").splitlines(), start=1):
        found = INCLUDE.match(line)
        if found is None:
            yield name, number, line
        elif found["fragment"] not in included:
            included.add(found["fragment"])
            yield from expanded(folder, found["fragment"], included)


def problems_of(folder: Path, script: Path) -> tuple[set[str], list[tuple[str, str]]]:
    """The files a script is made of, and what is wrong in them: (file, "file:line: what")."""
    lines = list(expanded(folder, str(script.relative_to(folder)), set()))
    files = {name for name, _, _ in lines}
    try:
        chunk = ast.parse("\n".join(text for _, _, text in lines))
    except ast.SyntaxException as error:
        at = re.search(r"line (\d+)", str(error))
        found = [(int(at[1]) if at else 1, str(error))]
    else:
        found = Linter().lint(chunk)
    told = []
    for at_line, wrong in found:
        name, number, _ = lines[at_line - 1]
        told.append((name, f"lua/{name}:{number}: {wrong}"))
    return files, told


def problems(root: Path) -> list[str]:
    folder = root / "lua"
    includers: Counter[str] = Counter()
    told: Counter[tuple[str, str]] = Counter()
    for script in sorted(folder.rglob("*.lua")):
        if not script.name.startswith("_"):
            files, wrong = problems_of(folder, script)
            includers.update(files)
            told.update(wrong)
    # What one script does not read of a fragment, another may: unread is wrong when nobody reads it.
    return [
        wrong
        for (name, wrong), times in told.items()
        if not wrong.endswith("is never read") or times == includers[name]
    ]
