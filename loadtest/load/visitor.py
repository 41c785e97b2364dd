"""A Locust user that plays one visit after the other, each as a new person.

Every ask, wait and lost connection is an entry of Locust's statistics. What people are refused every day ("seat_taken")
has entries of its own and is no failure; anything else is.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, ClassVar

from locust import User, constant, task
from locust.env import Environment
from locust.exception import StopUser

from crowd.acts import AGAIN, EXPECTED, TIMED_OUT, Answer, Ask, Behaviour, Step, Think, Until
from crowd.api import Api
from crowd.book import Book
from crowd.people import Ground, Person
from crowd.scenarios import Scenario
from loadtest.load.socket import LostSocket, PersonSocket

ANSWER_S_MAX = 20.0
AWAY_S_MAX = 90.0
AGAIN_S = 0.2
AGAIN_S_MAX = 3.0
PERSONS_PER_WORKER = 10_000_000


class Refused(Exception):
    """Something that a sound installation does not say, as Locust's list of failures shows it."""


class Visitor(User):
    """`scene` is set before the first user starts."""

    abstract = True
    wait_time = constant(0)
    scene: ClassVar[Scene]

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._person: Person
        self._socket: PersonSocket | None = None
        self._token = ""
        self._watch: dict[str, Any] | None = None

    @task
    def visit(self) -> None:
        scene = self.scene
        self._person = Person(next(scene.numbers), scene.seed, scene.ground, scene.book)
        self._token, self._watch = "", None
        try:
            self._play(scene.scenario.visit(self._person))
        finally:
            self._close()
        if scene.scenario.once:
            raise StopUser

    def on_stop(self) -> None:
        self._close()

    def _play(self, behaviour: Behaviour) -> None:
        with suppress(StopIteration):
            step = next(behaviour)
            while True:
                step = behaviour.send(self._do(step))

    def _do(self, step: Step) -> Answer:
        match step:
            case Ask():
                return self._ask(step)
            case Think():
                self._look(step.seconds * self.scene.haste, lambda: False)
                return Answer()
            case Until():
                began = time.monotonic()
                if not self._look(step.seconds_max, lambda: step.fits(self._person.seen)):
                    return Answer(code=TIMED_OUT)
                if step.name:
                    self._count(step.name, began)
                return Answer()

    def _ask(self, ask: Ask) -> Answer:
        until, pauses = time.monotonic() + AWAY_S_MAX, pauses_s()
        while time.monotonic() < until:
            socket = self._come(until)
            began = time.monotonic()
            try:
                message, size = socket.ask(ask.do, ask.fields, ANSWER_S_MAX)
            except LostSocket as lost:
                self._count(ask.do, began, fault=str(lost))
                self._close()
            else:
                code = message["error"]["code"] if "error" in message else ""
                self._count(ask.do, began, size=size, code=code)
                if not code:
                    if ask.do == "watch":
                        self._watch = ask.fields
                        self._person.seen.begin(message["ok"])
                    return Answer(message["ok"])
                if code not in AGAIN:
                    return Answer(code=code)
            time.sleep(next(pauses) * (1 + self._person.chance.random()))
        return Answer(code=TIMED_OUT)

    def _look(self, seconds: float, fits: Callable[[], bool]) -> bool:
        """Take in what comes; a lost connection is made again."""
        until = time.monotonic() + seconds
        while (left_s := until - time.monotonic()) > 0:
            try:
                return self._come(until).look(left_s, fits)
            except LostSocket as lost:
                self._count("look", until - left_s, fault=str(lost))
                self._close()
                time.sleep(AGAIN_S)
        return fits()

    # ── the socket ──

    def _come(self, until: float) -> PersonSocket:
        """The open socket; connects and says hello when there is none. Raises StopUser when nobody answers."""
        pauses = pauses_s()
        while self._socket is None:
            began = time.monotonic()
            try:
                self._socket = self._known()
                self._count("connect", began)
            except LostSocket as lost:
                self._count("connect", began, fault=str(lost))
                if time.monotonic() > until:
                    raise StopUser from lost
                time.sleep(next(pauses) * (1 + self._person.chance.random()))
        return self._socket

    def _known(self) -> PersonSocket:
        socket = PersonSocket(self.scene.api, self._person.number, self._person.seen.take)
        hello, _ = socket.ask("hello", {"buyer": self._token} if self._token else {}, ANSWER_S_MAX)
        if "ok" not in hello:
            raise LostSocket(f"hello {hello['error']['code']}")
        self._token, self._person.buyer = hello["ok"]["buyer"], hello["ok"]["buyer_id"]
        if self._watch is not None:
            watched, _ = socket.ask("watch", self._watch, ANSWER_S_MAX)
            if "ok" not in watched:
                raise LostSocket(f"watch {watched['error']['code']}")
            self._person.seen.begin(watched["ok"])
        return socket

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _count(self, name: str, began: float, *, size: int = 0, code: str = "", fault: str = "") -> None:
        failed = fault or (code if code not in EXPECTED else "")
        self.environment.events.request.fire(
            request_type="WS",
            name=f"{name} ({code})" if code else name,
            response_time=(time.monotonic() - began) * 1000,
            response_length=size,
            exception=Refused(failed) if failed else None,
            context={},
        )


class Scene:
    """What all visitors of this process play, and the book they write."""

    def __init__(self, scenario: Scenario, ground: Ground, api: Api, *, seed: int, haste: float, worker: int) -> None:
        self.scenario = scenario
        self.ground = ground
        self.api = api
        self.seed = seed
        self.haste = haste
        self.book = Book()
        self.numbers = itertools.count(worker * PERSONS_PER_WORKER)


def pauses_s() -> Iterator[float]:
    """Longer and longer."""
    pause_s = AGAIN_S
    while True:
        yield pause_s
        pause_s = min(pause_s * 2, AGAIN_S_MAX)
