"""docs/errors.md is what the tables of refusals say. `python -m tests.checks.errors` writes it anew."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = Path("docs") / "errors.md"
SOURCE = Path("engine") / "refusals.py"
HEAD = """# Errors

One vocabulary for the socket and for HTTP. On the socket an error is `{"code", "message", "retryable", …}`; over HTTP
it is a problem document (RFC 9457) with the same `code`. `retryable` says whether asking again, later, may help. Some
tell more, in members beside the code; none of these is always there.

This page is generated from `engine/refusals.py` and `server/contract/problems.py` by `python -m tests.checks.errors`.
"""
TABLE = "| code | HTTP | retryable | meaning | tells |\n|---|---|---|---|---|\n"


def page(root: Path) -> str:
    """The page as it should be; groups are the comments of the source."""
    from engine.refusals import BY_WORD
    from server.contract.problems import TELLS

    parts = [HEAD]
    for line in (root / SOURCE).read_text(encoding="utf-8").partition("class Code(Enum)")[2].splitlines():
        if found := re.fullmatch(r"    # (.+)", line):
            parts.append(f"\n## {found[1][0].upper()}{found[1][1:]}\n\n{TABLE}")
        elif found := re.search(r'^(?:    [A-Z_]+ = \(|        )"([a-z_]+)",', line):
            code = BY_WORD[found[1]]
            again = "yes" if code.retryable else "no"
            tells = ", ".join(f"`{name}`" for name in TELLS.get(code, ()))
            parts.append(f"| `{code.word}` | {code.status} | {again} | {code.sentence} | {tells} |\n")
        elif line.startswith("    def "):
            break
    return "".join(parts)


def problems(root: Path) -> list[str]:
    path = root / PAGE
    if not path.exists() or path.read_text(encoding="utf-8") != page(root):
        return [f"{PAGE}:1: is not what {SOURCE} says; run python -m tests.checks.errors"]
    return []


if __name__ == "__main__":
    (ROOT / PAGE).write_text(page(ROOT), encoding="utf-8")
