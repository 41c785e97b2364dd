"""Branches that no test took, read from what coverage wrote in every process of a run.

A place is a file and a function, a branch the text of the line it leaves and of the one it goes to: both stay what they
are while lines move. Code that is never run at all, as after `except`, counts as a branch to its first line.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coverage import Coverage
from coverage.exceptions import CoverageWarning

ROOT = Path(__file__).resolve().parents[2]
MEASURED = ["engine/*", "server/*"]
# Every branch of these is covered or named, as is every one of who calls scripts.
CLOSE = ("engine/access/", "engine/orders/", "engine/stores/scripts.py", "engine/stores/batcher.py")
WRAPPERS = tuple(f"engine/onsale/{name}.py" for name in ("answers", "feed", "model", "onsale", "sale", "snapshot"))
CALLS_SCRIPTS = re.compile(r"^from engine\.stores\.scripts import .*\bcall\b", re.MULTILINE)


@dataclass(frozen=True)
class Branch:
    """A way that no test went."""

    place: str  # file and function
    way: str  # the text of the line it leaves, and of the one it goes to
    line: int


@dataclass
class Tally:
    taken: int = 0
    all: int = 0

    @property
    def percent(self) -> float:
        return 100 * self.taken / self.all if self.all else 100.0


def collected(reached: Path) -> dict[str, Any]:
    """What all processes of a run wrote beside this file, source by source."""
    coverage = Coverage(data_file=reached, config_file=str(ROOT / "pyproject.toml"))
    with warnings.catch_warnings():
        # A process that was killed while it wrote leaves half a file, which is left out.
        warnings.simplefilter("ignore", CoverageWarning)
        coverage.combine([str(reached.parent)])
    report = reached.with_suffix(".json")
    coverage.json_report(outfile=str(report), include=[str(ROOT / each) for each in MEASURED])
    read = json.loads(report.read_text(encoding="utf-8"))["files"]
    return {str((ROOT / name).relative_to(ROOT)): found for name, found in read.items()}


def by_package(files: dict[str, Any]) -> dict[str, Tally]:
    """Branches of each package; modules beside the packages count as one."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for name, found in sorted(files.items()):
        parts = Path(name).parts
        tally = tallies["/".join(parts[:2]) if len(parts) > 2 else parts[0]]
        tally.taken += found["summary"]["covered_branches"]
        tally.all += found["summary"]["num_branches"]
    return tallies


def is_close(name: str) -> bool:
    """Whether each branch of a file must be covered or named."""
    if name.startswith(CLOSE) or name in WRAPPERS:
        return True
    return name.startswith("engine/") and bool(CALLS_SCRIPTS.search((ROOT / name).read_text(encoding="utf-8")))


def untaken(files: dict[str, Any]) -> list[Branch]:
    """The branches of such files that no test took."""
    return [
        branch
        for name in sorted(files)
        if is_close(name)
        for branch in untaken_in(name, files[name], (ROOT / name).read_text(encoding="utf-8"))
    ]


def untaken_in(name: str, found: dict[str, Any], source: str) -> Iterator[Branch]:
    lines, (first_lines, handlers) = source.splitlines(), statements(source)
    for function, its in found["functions"].items():
        place = f"{name}:{function}" if function else name
        missing, ran = set(its["missing_lines"]), set(its["executed_lines"])
        explained = set()
        for leaves, goes in its["missing_branches"]:
            explained.add(goes)
            if leaves not in missing:  # else the whole of it is missing, and told by its first line
                to = lines[goes - 1].strip() if goes > 0 else "exit"
                yield Branch(place, f"{lines[leaves - 1].strip()} -> {to}", leaves)
        ran_before = True
        for line in sorted((missing | ran) & first_lines):
            begins = ran_before or handlers.get(line) in ran
            if line in missing and begins and line not in explained:
                yield Branch(place, lines[line - 1].strip(), line)
            ran_before = line not in missing


def statements(source: str) -> tuple[set[int], dict[int, int]]:
    """The lines that statements begin on; those of handlers of exceptions, and where what they guard begins."""
    first_lines, handlers = set(), {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.stmt):
            first_lines.add(node.lineno)
        if isinstance(node, ast.Try):
            handlers |= {handler.lineno: node.lineno for handler in node.handlers}
    return first_lines | set(handlers), handlers


def functions_of(source: str) -> dict[str, set[str]]:
    """The lines of each function, by its name, as coverage calls it; '' has those of the module."""
    found, lines = {"": set(map(str.strip, source.splitlines()))}, source.splitlines()

    def look(node: ast.AST, inside: str) -> None:
        for child in ast.iter_child_nodes(node):
            name = inside
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                name = f"{inside}.{child.name}" if inside else child.name
                found[name] = {line.strip() for line in lines[child.lineno - 1 : child.end_lineno]}
            look(child, name)

    look(ast.parse(source), "")
    return found
