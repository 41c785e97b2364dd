"""Runs every check, or those that are named, prints what each found, and exits non-zero when any found something.

All of them run even when an early one fails, so that one run names everything.
"""

import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.checks import (
    audit,
    authorization,
    circles,
    compose,
    contexts,
    docs_links,
    errors,
    guarded,
    imports,
    lua,
    owners,
    records,
    retention,
    schema,
    sizes,
    steps,
    topics,
    web,
    wire_types,
)

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

PROGRAMS: dict[str, list[str]] = {
    "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
    "lint": [str(BIN / "ruff"), "check", "--quiet", "."],
    "types": [str(BIN / "mypy")],
    "layers": [str(BIN / "lint-imports")],
}
CHECKS: dict[str, Callable[[Path], list[str]]] = {
    "imports": imports.problems,
    "circles": circles.problems,
    "contexts": contexts.problems,
    "sizes": sizes.problems,
    "lua": lua.problems,
    "schema": schema.problems,
    "steps": steps.problems,
    "owners": owners.problems,
    "guarded": guarded.problems,
    "compose": compose.problems,
    "docs": docs_links.problems,
    "errors": errors.problems,
    "topics": topics.problems,
    "authorization": authorization.problems,
    "records": records.problems,
    "retention": retention.problems,
    "wire": wire_types.problems,
    "web": web.problems,
    "audit": audit.problems,
}

# What takes longest begins first, so that nothing is left to run alone at the end.
LONGEST_FIRST = sorted([*PROGRAMS, *CHECKS], key=lambda name: name not in {"audit", "types"})


def run(name: str) -> tuple[bool, str]:
    return run_program(PROGRAMS[name]) if name in PROGRAMS else run_check(CHECKS[name])


def run_program(command: list[str]) -> tuple[bool, str]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode == 0, (done.stdout + done.stderr).strip()


def run_check(check: Callable[[Path], list[str]]) -> tuple[bool, str]:
    found = check(ROOT)
    return not found, "\n".join(found)


def main(names: Sequence[str]) -> int:
    wanted = names or [*PROGRAMS, *CHECKS]
    with ThreadPoolExecutor(max_workers=2) as pool:
        runs = {name: pool.submit(run, name) for name in LONGEST_FIRST if name in wanted}
    if unknown := set(wanted) - runs.keys():
        print(f"There is no check {', '.join(sorted(unknown))}; there are {', '.join([*PROGRAMS, *CHECKS])}.")
        return 1
    failed = False
    for name in (name for name in [*PROGRAMS, *CHECKS] if name in runs):
        passed, said = runs[name].result()
        print(f"{name:13} {'ok' if passed else 'FAILED'}")
        if not passed:
            failed = True
            print(said)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
