"""Checks migrations/: headers, numbers without gaps, statements that stand alone, and squawk on every step since 0005.

Steps before that were made when there was one way to move a database, with everything else stopped.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from pglast import parse_sql
from pglast.parser import ParseError

from engine.stores.steps import Kind, Step, StepFault, read

SQUAWK = Path(sys.executable).parent / "squawk"
SINCE = 5
LEFT_OUT = [
    "require-lock-timeout",  # `aforo db apply` sets it
    "require-statement-timeout",  # a step takes the time it takes
    "prefer-bigint-over-int",  # what we count has a bound in engine/limits.py
    "prefer-bigint-over-smallint",
]
# To take away what older releases used is what a step that contracts is for.
LEFT_OUT_OF_CONTRACTS = [
    *("ban-drop-column", "ban-drop-table", "ban-drop-view", "ban-drop-function", "ban-drop-constraint"),
    *("ban-drop-default", "ban-drop-not-null", "renaming-column", "renaming-table"),
]


def problems(root: Path) -> list[str]:
    folder = root / "migrations"
    try:
        steps = read(folder)
    except StepFault as fault:
        return [str(fault)]
    return [problem for number, step in enumerate(steps, start=1) for problem in problems_of(folder, step, number)]


def problems_of(folder: Path, step: Step, number: int) -> Iterator[str]:
    if step.number != number:
        yield f"{step.name}: the next number is {number:04d}"
    if step.in_transaction and " CONCURRENTLY " in step.text:
        yield f"{step.name}: what is done CONCURRENTLY is done outside a transaction"
    try:
        for statement in () if step.in_transaction else step.statements:
            if len(parse_sql(statement.text)) != 1:
                yield f"{step.name}: an empty line should end each statement: {statement.text.splitlines()[0]} …"
            if statement.repeat and not statement.text.startswith(("UPDATE", "DELETE")):
                yield f"{step.name}: only an UPDATE or a DELETE comes to an end when repeated"
    except ParseError as error:
        yield f"{step.name}: {error.args[0]}"
    if step.number >= SINCE:
        yield from squawks(folder / f"{step.name}.sql", step)


def squawks(path: Path, step: Step) -> Iterator[str]:
    """What the linter says of a file."""
    how = ["--assume-in-transaction"] if step.in_transaction else []
    left_out = [*LEFT_OUT, *(LEFT_OUT_OF_CONTRACTS if step.kind is Kind.CONTRACT else [])]
    how += ["--pg-version", "15.0", "--exclude", ",".join(left_out)]
    command = [str(SQUAWK), "--reporter", "json", *how, str(path)]
    done = subprocess.run(command, cwd=path.parents[1], capture_output=True, text=True, check=False)
    if not done.stdout.strip():
        yield f"{path.name}: squawk said {done.stderr.strip()}"
        return
    for found in json.loads(done.stdout):
        yield f"{path.name}:{found['line'] + 1}: {found['rule_name']}: {found['message']}"
