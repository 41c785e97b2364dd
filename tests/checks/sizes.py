"""Checks the bounds of our own files: their length, the length of functions, a docstring, and words we do without."""

import ast
import re
from pathlib import Path

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
DOCSTRING_LINES_MAX = 6
FOLDERS = ("engine", "server", "loadtest", "tests", "deploy")
NAMES = {"utils.py", "helpers.py", "common.py", "manager.py"}
# Spelled apart, so that this file passes its own check.
WORDS = re.compile(
    "|".join(("# no" + "qa", "type: " + "ignore", "TO" + "DO", "FIX" + "ME", "pytest.sk" + "ip", "xf" + "ail\\("))
)


def problems(root: Path) -> list[str]:
    found: list[str] = []
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            found += [f"{path.relative_to(root)}:{line}: {wrong}" for line, wrong in problems_of(path)]
    for path in sorted((root / "lua").rglob("*.lua")):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > FILE_LINES_MAX:
            found.append(f"{path.relative_to(root)}:1: {lines} lines; {FILE_LINES_MAX} are enough")
    return found


def problems_of(path: Path) -> list[tuple[int, str]]:
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    tree = ast.parse(text)
    found: list[tuple[int, str]] = []
    if len(lines) > FILE_LINES_MAX:
        found.append((1, f"{len(lines)} lines; {FILE_LINES_MAX} are enough"))
    if path.name in NAMES:
        found.append((1, "this name says nothing about what is inside"))
    docstring = ast.get_docstring(tree)
    if text.strip() and docstring is None:
        found.append((1, "no docstring says what this module owns"))
    elif docstring and len(docstring.splitlines()) > DOCSTRING_LINES_MAX:
        found.append((1, f"a docstring of over {DOCSTRING_LINES_MAX} lines"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                found.append((node.lineno, f"{node.name} has {length} lines; {FUNCTION_LINES_MAX} are enough"))
    found += [(number, "a word we do without") for number, line in enumerate(lines, start=1) if WORDS.search(line)]
    return found
