"""What is sent is what is described: every event by name and members, and every way a cart ends."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

import pytest

from server.contract import asyncapi
from server.contract.commands import COMMANDS
from server.contract.events import EVENTS, event
from server.contract.shapes import EndReason

ROOT = Path(__file__).resolve().parents[2]


def literal_events(path: Path) -> list[int]:
    """The lines where a module writes an event by hand."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Dict) and any(isinstance(key, ast.Constant) and key.value == "on" for key in node.keys)
    ]


def test_events_are_made_in_one_place_which_knows_their_names() -> None:
    by_hand = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / "server").rglob("*.py")
        if path.name != "events.py" and (lines := literal_events(path))
    }
    assert by_hand == {}
    with pytest.raises(KeyError):
        event("invented")


def test_every_event_is_described_for_machines_and_for_people() -> None:
    document = asyncapi.document(COMMANDS.values())
    sent = document["operations"]["event"]["messages"]
    page = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    for name in EVENTS:
        message = f"{name.capitalize()}Event"
        assert {"$ref": f"#/channels/socket/messages/{message}"} in sent
        assert message in document["components"]["messages"]
        assert f"`{name}`" in page, name


def test_every_end_of_a_cart_is_described() -> None:
    page = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    ends = page.partition("(`end_reason`:")[2].partition(")")[0]
    assert [reason for reason in get_args(EndReason) if f"`{reason}`" not in ends] == []
