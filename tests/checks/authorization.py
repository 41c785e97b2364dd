"""docs/authorization.md is what routes, addresses, commands and topics declare to need.

`python -m tests.checks.authorization` writes it anew; `tests/server/test_authorization.py` asks a server for each cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.api import all_routes
from server.app import addresses
from server.contract.commands import COMMANDS
from server.contract.live import WATCHED
from server.contract.needs import Need, Needed
from server.live import watching
from server.pages.assets import Assets

ROOT = Path(__file__).resolve().parents[2]
PAGE = Path("docs") / "authorization.md"
CALLERS = ("nobody", "buyer", "another buyer", "organizer", "another organizer", "void key", "operator")
YES = "yes"
HEAD = """# Who may ask what

Each route, address, command and topic declares what it needs (`server/contract/needs.py`); one place checks it before
anything else is done (`server/who/admission.py`). This page is generated from the declarations, by
`python -m tests.checks.authorization`, and a test asks a running server for every cell of it.

*yes* says that an answer is given, about what is the caller's own: of two buyers each is answered about their own cart.
Any other word is the [code](errors.md) of the refusal. What names somebody else's sale, webhook or promo is not there.
The port that `AFORO_METRICS_PORT` opens is for operators as a whole, and is not in here.

| caller | who that is |
|---|---|
| nobody | shows nothing |
| buyer | shows the token of the buyer whose order the path names |
| another buyer | shows the token of somebody else |
| organizer | shows a key of the organizer whose things are named; with a hello, which makes a buyer too |
| another organizer | shows a key of another one |
| void key | shows a key that is none, or was revoked; a hello with it is refused, which leaves nobody |
| operator | shows nothing, and asks straight from a network of operators |
"""
SECTIONS = {
    "route": ("HTTP API", "route"),
    "address": ("Pages, files, links, probes", "address"),
    "command": ("Commands of the socket", "command"),
    "topic": ("Topics of `watch`", "topic"),
}
assert watching.__doc__, "the table of commands is filled by importing it"


@dataclass(frozen=True, slots=True)
class Row:
    kind: str
    name: str
    needs: Needed
    declared: Any  # the route, address or command itself; for a topic the table that it is in
    elsewhere: str = YES  # what another organizer is told, who may ask, but not about this

    def cell(self, caller: str) -> str:
        """`yes`, or the code of the refusal."""
        return self._on_socket(caller) if self.kind in ("command", "topic") else self._over_http(caller)

    @property
    def all_needed(self) -> list[Needed]:
        """With what a route needs beside."""
        beside = self.declared.and_needs if self.kind == "route" else None
        return [self.needs] if beside is None else [self.needs, beside]

    def _over_http(self, caller: str) -> str:
        match self.needs:
            case Need.NOBODY:
                return YES
            case Need.BUYER | Need.OWN:
                return YES if caller in ("buyer", "another buyer") else "unauthorized"
            case Need.OPENED:
                return YES if caller == "buyer" else "bad_order_key"
            case Need.OPERATOR:
                return YES if caller == "operator" else "not_found"
            case Need.KEY:
                return YES if caller in ("organizer", "another organizer") else "unauthorized"
            case Need.ACCOUNT | Need.HALF:
                return "unauthorized"
            case _ if self.declared.members:
                return "forbidden" if caller in ("organizer", "another organizer") else "unauthorized"
            case _:
                return {"organizer": YES, "another organizer": self.elsewhere}.get(caller, "unauthorized")

    def _on_socket(self, caller: str) -> str:
        if self.needs is Need.NOBODY:
            return YES
        if not isinstance(self.needs, Need):
            return YES if caller == "organizer" else "forbidden"
        return YES if caller in CALLERS[1:5] else "hello_first"


def rows() -> Iterator[Row]:
    for route in sorted(all_routes(), key=lambda each: (each.path, each.method)):
        elsewhere = "unknown_sale" if "{sale}" in route.path else "not_found" if "{" in route.path else YES
        yield Row("route", f"{route.method} {route.path}", route.needs, route, elsewhere)
    for address in addresses(Assets(None)):
        yield Row("address", f"{address.method} {plain(address.path)}", address.needs, address)
    for command in sorted(COMMANDS.values(), key=lambda each: each.do):
        yield Row("command", command.do, command.needs, command)
    for topic, need in WATCHED.items():
        yield Row("topic", topic, need, WATCHED)


def plain(path: str) -> str:
    """The path without the forms of its parts."""
    return re.sub(r"\{(\w+):(?:[^{}]|\{[^{}]*\})*\}", r"{\1}", path)


def page() -> str:
    """The page as it should be."""
    parts = [HEAD]
    found = list(rows())
    for kind, (title, word) in SECTIONS.items():
        parts.append(f"\n## {title}\n\n| {word} | needs | {' | '.join(CALLERS)} |\n|---|---|{'---|' * len(CALLERS)}\n")
        for row in found:
            if row.kind == kind:
                cells = " | ".join(row.cell(caller) for caller in CALLERS)
                parts.append(f"| `{row.name}` | {', '.join(each.value for each in row.all_needed)} | {cells} |\n")
    return "".join(parts)


def problems(root: Path) -> list[str]:
    path = root / PAGE
    if not path.exists() or path.read_text(encoding="utf-8") != page():
        return [f"{PAGE}:1: is not what is declared; run python -m tests.checks.authorization"]
    return []


if __name__ == "__main__":
    (ROOT / PAGE).write_text(page(), encoding="utf-8")
