"""Checks that modules never import in a circle: what can't be read alone can't be changed alone.

An import counts wherever it stands, inside a function or under TYPE_CHECKING: it is an arrow all the same.
The one exception: whoever is given the engine may name its type, from engine.engine, under TYPE_CHECKING.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOTS = ("crowd", "engine", "server", "loadtest")
GIVEN = "engine.engine"  # the composition root, which imports every context and is handed to them
Graph = Mapping[str, Mapping[str, int]]  # module → module it imports → line


def problems(root: Path) -> list[str]:
    found: list[str] = []
    for package in ROOTS:
        graph = imports_of(root, package)
        for circle in circles(graph):
            first, second = circle[0], circle[1]
            path = file_of(root, first).relative_to(root)
            found.append(f"{path}:{graph[first][second]}: a circle of imports: {' -> '.join(circle)}")
    return found


def imports_of(root: Path, package: str) -> Graph:
    """Which modules of a root package import which others of it, and where."""
    modules = {name_of(path.relative_to(root)): path for path in sorted((root / package).rglob("*.py"))}
    graph: dict[str, dict[str, int]] = {}
    for name, path in modules.items():
        graph[name] = {}
        for line, target, for_types in imported(ast.parse(path.read_text(encoding="utf-8")), modules.keys()):
            if target != name and not (for_types and target == GIVEN):
                graph[name].setdefault(target, line)
    return graph


def name_of(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def file_of(root: Path, module: str) -> Path:
    path = root / module.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def imported(tree: ast.AST, modules: object, *, for_types: bool = False) -> Iterator[tuple[int, str, bool]]:
    """Each import of one of the modules: line, module, and whether it is for the types only."""
    assert isinstance(modules, set | dict | type({}.keys()))
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name, for_types) for name in node.names if name.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                if inner in modules:
                    yield node.lineno, inner, for_types
                elif node.module in modules:
                    yield node.lineno, node.module, for_types
        else:
            types = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
            yield from imported(node, modules, for_types=for_types or types)


def circles(graph: Graph) -> list[list[str]]:
    """A shortest circle through each knot of modules that reach one another."""
    found: list[list[str]] = []
    seen: set[str] = set()
    for start in graph:
        if start in seen:
            continue
        way = way_back(graph, start)
        if way is not None:
            seen.update(way)
            found.append(way)
    return found


def way_back(graph: Graph, start: str) -> list[str] | None:
    """The shortest way from a module back to itself."""
    before = dict.fromkeys(graph[start], start)
    waiting = list(before)
    for module in waiting:
        if module == start:
            way = [start, before[start]]
            while way[-1] != start:
                way.append(before[way[-1]])
            return way[::-1]
        for other in graph[module]:
            if other not in before:
                before[other] = module
                waiting.append(other)
    return None
