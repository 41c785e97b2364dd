"""What a client knows of a sale it watches, kept by the letter of docs/protocol.md.

Guarantees: a message that may not come (a smaller `seq`, a member nobody asked for) fails the test.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

TOPICS = ("seats", "pools", "room", "counters")
FREE, HELD, SOLD, OFF = range(4)
STATES = {"free": FREE, "held": HELD, "sold": SOLD, "off": OFF}
# Of nobody's doing but the watchers': these may differ between two looks although nothing happened in the sale.
RESTLESS = {"counters": {"viewers"}, "room": {"rate"}}


def unpacked(member: dict[str, Any]) -> list[int]:
    """The state of each seat: two bits, the most significant first."""
    bits = member["bits"]
    raw = bits if isinstance(bits, bytes) else base64.b64decode(bits)
    states = [raw[number // 4] >> (6 - 2 * (number % 4)) & 3 for number in range(member["count"])]
    assert len(raw) == (member["count"] + 3) // 4, "no byte more than the seats need"
    return states


class Picture:
    """The topics watched, as they stand."""

    def __init__(self, sale: str, topics: Sequence[str] = TOPICS) -> None:
        self.sale = sale
        self.topics = tuple(topics)
        self.epoch: str | None = None
        self.seq = 0
        self.state = ""
        self.members: dict[str, Any] = {}

    def answered(self, answer: dict[str, Any]) -> None:
        """Take the answer to `watch`."""
        resumed = answer.get("resumed", False)
        told = {topic for topic in TOPICS if topic in answer}
        if resumed:
            assert answer["epoch"] == self.epoch, "a resume goes on in the same epoch"
            assert answer["seq"] >= self.seq or not told, answer
        else:
            assert told == set(self.topics), (told, self.topics)
            self.members = {}
            self.seq = answer["seq"]
        self.epoch = answer["epoch"]
        self.state = answer["state"]
        self._whole(answer)

    def happened(self, event: dict[str, Any]) -> None:
        """Take an event; those of other sales and of no sale are none of our business."""
        name = event.get("on")
        if event.get("sale") != self.sale or name not in {*TOPICS, "snapshot", "state"}:
            return
        if name == "snapshot":
            self.epoch = event["epoch"]
            self.seq = event["seq"]
            self.state = event.get("state", self.state)
            self._whole(event)
            return
        assert event["epoch"] == self.epoch, f"an event of {event['epoch']} in {self.epoch}, and no snapshot before it"
        assert event["seq"] >= self.seq, f"seq {event['seq']} after {self.seq}: {event}"
        self.seq = event["seq"]
        if name == "state":
            self.state = event["state"]
            return
        assert name in self.topics, f"an event of {name} to who watches {self.topics}"
        self._change(name, event)

    def _whole(self, told: dict[str, Any]) -> None:
        for topic in TOPICS:
            if topic in told:
                assert topic in self.topics, f"{topic} to who watches {self.topics}"
                self.members[topic] = unpacked(told[topic]) if topic == "seats" else dict(told[topic])

    def _change(self, name: str, event: dict[str, Any]) -> None:
        if name == "seats":
            for word, state in STATES.items():
                for seat in event.get(word, ()):
                    self.members["seats"][seat] = state
        elif name == "pools":
            assert event["pools"].keys() <= self.members["pools"].keys(), event
            self.members["pools"].update(event["pools"])
        else:
            changed = {key: value for key, value in event.items() if key not in {"on", "sale", "epoch", "seq"}}
            self.members[name].update(changed)

    def settled(self) -> dict[str, Any]:
        """What can be compared with another look at the same sale."""
        shown: dict[str, Any] = {"state": self.state}
        for topic in self.topics:
            member = self.members[topic]
            if topic in RESTLESS:
                member = {key: value for key, value in member.items() if key not in RESTLESS[topic]}
            shown[topic] = member
        return shown
