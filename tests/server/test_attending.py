"""Whoever attends a cart is told each change of it, by an event or by the answer to an ask of its own; not by both."""

from __future__ import annotations

import random
from contextlib import ExitStack
from typing import cast

import pytest

from engine.onsale.model import FeedPosition
from server.live.attending import Attending
from server.live.watcher import Watcher
from server.who.caller import Answered

SOCKETS = 3
ACTS = 200
ANA = "ana"


class Tabs:
    """Sockets of one buyer, the asks they have on their way, and who was told what."""

    def __init__(self, dice: random.Random, *, epochs: bool = False) -> None:
        self.dice = dice
        self.epochs = epochs  # whether the feed begins anew now and then: then once too often is no harm
        self.attending = Attending(lambda _, at: self.to_tell.append(at))
        self.sockets = [cast("Watcher", object()) for _ in range(SOCKETS)]
        self.to_tell: list[FeedPosition] = []
        self.asks: list[tuple[Watcher, ExitStack, Answered]] = []
        self.told: dict[Watcher, list[FeedPosition]] = {socket: [] for socket in self.sockets}
        self.answered: dict[Watcher, list[FeedPosition]] = {socket: [] for socket in self.sockets}
        self.now: FeedPosition = ("e1", 1)
        self.changes: list[FeedPosition] = []
        for socket in self.sockets:
            self.attending.add(socket, ANA)

    def act(self) -> None:
        match self.dice.choice(["change", "change", "tell", "tell", "ask", "end", "end", "epoch"]):
            case "change":
                self.change()
            case "tell" if self.to_tell:
                self.tell(self.dice.randrange(len(self.to_tell)))
            case "ask":
                stack, socket = ExitStack(), self.dice.choice(self.sockets)
                self.asks.append((socket, stack, stack.enter_context(self.attending.asking(socket, ANA))))
            case "end" if self.asks:
                self.end(self.dice.randrange(len(self.asks)))
            case "epoch" if self.epochs and self.dice.random() < 0.1:
                self.now = (f"{self.now[0]}'", 0)
            case _:
                pass

    def change(self) -> None:
        self.now = (self.now[0], self.now[1] + 1)
        self.changes.append(self.now)
        self.attending.hear(ANA, self.now)

    def tell(self, which: int) -> None:
        at = self.to_tell.pop(which)
        for socket in self.attending.take_untold(ANA, at):
            assert self.epochs or not covers(self.told[socket] + self.answered[socket], at), "told again"
            self.told[socket].append(at)

    def end(self, which: int) -> None:
        """The answer tells all up to now, or is a refusal that tells nothing."""
        socket, stack, answered = self.asks.pop(which)
        if self.dice.random() < 0.5:
            answered.as_of = self.now
            self.answered[socket].append(self.now)
        stack.close()


def covers(known: list[FeedPosition], at: FeedPosition) -> bool:
    return any(epoch == at[0] and seq >= at[1] for epoch, seq in known)


@pytest.mark.parametrize("seed", range(30))
def test_every_change_is_told_once(seed: int) -> None:
    tabs = Tabs(random.Random(seed), epochs=seed % 2 == 1)
    for _ in range(ACTS):
        tabs.act()
    tabs.change()
    while tabs.asks:
        tabs.end(0)
    while tabs.to_tell:
        tabs.tell(0)
    for socket in tabs.sockets:
        assert covers(tabs.told[socket] + tabs.answered[socket], tabs.changes[-1])


def test_a_change_that_the_answer_tells_is_not_told_again() -> None:
    tabs = Tabs(random.Random(0))
    asker, other = tabs.sockets[:2]
    with tabs.attending.asking(asker, ANA) as answered:
        tabs.change()
        answered.as_of = tabs.now
    assert tabs.to_tell == [tabs.now]
    tabs.tell(0)
    assert (tabs.told[asker], tabs.told[other]) == ([], [tabs.now])


def test_an_ask_that_is_refused_is_told_by_an_event() -> None:
    tabs = Tabs(random.Random(0))
    for other in tabs.sockets[1:]:
        tabs.attending.remove(other, ANA)
    with tabs.attending.asking(tabs.sockets[0], ANA):
        tabs.change()
        assert tabs.to_tell == []
    tabs.tell(0)
    assert tabs.told[tabs.sockets[0]] == [tabs.now]
