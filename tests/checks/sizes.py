"""Checks our own files: their length and that of functions, fragments, a docstring, and words we do without."""

import ast
import re
from pathlib import Path

FILE_LINES_MAX = 400
LIST_LINES_MAX = 700
LISTS = {"engine/limits.py"}  # every bound in one place, so that they check one another
FUNCTION_LINES_MAX = 60
DOCSTRING_LINES_MAX = 6
FOLDERS = ("crowd", "engine", "server", "loadtest", "tests", "deploy")
FRAGMENT_LINES_MIN = 40
FRAGMENT_FOLDERS = ("crowd", "engine", "loadtest", "server")
# What every context or package has under the same name, however short; or has for the tools.
ROOMS = {"__init__.py", "__main__.py", "context.py", "invariants.py", "model.py", "sql.py", "topics.py"}
# What is there has the name of its resource, however short.
BY_RESOURCE = ("server/api/", "server/contract/")
KEPT = {
    "engine/catalog/change.py": "pure policy, tested alone",
    "engine/catalog/findings.py": "what every reader of a sale writes into",
    "engine/catalog/kinds.py": "a cache with its bound",
    "engine/countries.py": "a list that several contexts know",
    "engine/ending.py": "stands below everything",
    "engine/messages/letters/said.py": "what each language fills in",
    "engine/onsale/outage.py": "what the keeper logs, and how seldom",
    "engine/onsale/outlook.py": "pure policy, tested alone",
    "engine/onsale/room.py": "reads what the scripts of rooms write",
    "engine/orders/ended_lines.py": "what failed orders and refunds share",
    "engine/orders/codes.py": "pure: the code that opens an order",
    "engine/orders/issuing_sql.py": "what members' orders add to the statements of orders",
    "engine/orders/known.py": "what somebody is told of their orders",
    "engine/orders/sold.py": "what a rebuild starts from",
    "engine/orders/steps.py": "where a test may let a purchase die",
    "engine/payments/till.py": "orders have two of them",
    "engine/people/suppression.py": "one rule with one guarantee",
    "engine/pictures/files.py": "a port, and what is behind it",
    "engine/stores/faults.py": "stands below everything in stores",
    "engine/stores/turns.py": "one lock with one guarantee, beside leases",
    "loadtest/bench/rivals/uws_publish.py": "a program",
    "loadtest/bench/rivals/websockets_broadcast.py": "a program",
    "loadtest/bench/smtp_sink.py": "a program",
    "server.pages.language.py": "moments, for pages that no browser draws",
    "engine/tables.py": "pure: shared by contexts and commands",
    "server/child.py": "runs before anything is loaded",
    "server/cli/checks.py": "three commands",
    "server/cli/sandbox.py": "whoever takes real money has none of it",
    "server/cli/trouble.py": "stands below every command",
    "server/processes/garbage.py": "the settings of the collector, and why",
    "server/who/admission.py": "the one place that checks needs",
    "server/who/rates.py": "one class with its bound",
}
NAMES = {"utils.py", "helpers.py", "common.py", "manager.py"}
# Spelled apart, so that this file passes its own check.
WORDS = re.compile(
    "|".join(("# no" + "qa", "type: " + "ignore", "TO" + "DO", "FIX" + "ME", "pytest.sk" + "ip", "xf" + "ail\\("))
)


def problems(root: Path) -> list[str]:
    found: list[str] = []
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            name = str(path.relative_to(root))
            bound = LIST_LINES_MAX if name in LISTS else FILE_LINES_MAX
            found += [f"{name}:{line}: {wrong}" for line, wrong in problems_of(path, bound)]
    for path in sorted((root / "lua").rglob("*.lua")):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > FILE_LINES_MAX:
            found.append(f"{path.relative_to(root)}:1: {lines} lines; {FILE_LINES_MAX} are enough")
    return found + fragments(root)


def fragments(root: Path) -> list[str]:
    """Files too short to be what a reader looks for."""
    found = []
    for folder in FRAGMENT_FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            name, lines = str(path.relative_to(root)), len(path.read_text(encoding="utf-8").splitlines())
            if lines < FRAGMENT_LINES_MIN and not (path.name in ROOMS or name in KEPT or name.startswith(BY_RESOURCE)):
                found.append(
                    f"{name}:1: {lines} lines: join it to what it belongs to, or say in KEPT why it stands alone"
                )
    return found


def problems_of(path: Path, lines_max: int = FILE_LINES_MAX) -> list[tuple[int, str]]:
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    tree = ast.parse(text)
    found: list[tuple[int, str]] = []
    if len(lines) > lines_max:
        found.append((1, f"{len(lines)} lines; {lines_max} are enough"))
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
