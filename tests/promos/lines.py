"""Lines that messages of notices go out on, and the worker that delivers them there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engine.messages import Addressed, Channel, Channels, Message, Outcome, Sent
from engine.people import OFFERS, Preference, Preferences, Quiet
from engine.promos.delivery import Delivery
from tests.promos.city import ORGANIZER, City

SENT = Sent(Outcome.SENT)


@dataclass
class Line(Channel):
    """A channel's far end: takes messages, and answers what it is told."""

    name: str
    answers: Callable[[Message], Sent] = lambda _: SENT
    taken: list[Message] = field(default_factory=list)

    async def _send(self, message: Message) -> Sent:
        self.taken.append(message)
        return self.answers(message)

    async def close(self) -> None: ...


@dataclass
class Worker:
    """What delivers notices, and sends the messages they become, on these lines."""

    city: City
    lines: Channels
    sms_per_day: int = 100

    def __post_init__(self) -> None:
        engine = self.city.engine
        self.post = engine.letterbox.post
        self.post.channels = self.lines
        self.delivery = Delivery(
            engine.db,
            self.city.promos.audience,
            engine.persons,
            Preferences(engine.db),
            engine.letterbox,
            signer=engine.signer,
            inbox=engine.contacts.signer.inbox,
            public_url="https://a.example",
            sms_per_day=self.sms_per_day,
        )

    async def step(self) -> int:
        """Hand over, and send; answers how many batches."""
        count = await self.delivery.step()
        await self.send()
        return count

    async def send(self) -> None:
        while await self.post.step():
            await self.post.settle()


async def prefer(city: City, channel: str, address: str, *, off: bool = False, quiet: Quiet | None = None) -> None:
    """What the reader there says of the bakery's offers."""
    mark = city.engine.contacts.signer.inbox(channel, address)
    said = {Addressed(ORGANIZER, channel, mark): Preference(frozenset({OFFERS}) if off else frozenset(), quiet)}
    async with city.engine.db.acquire() as connection:
        await Preferences(city.engine.db).put(connection, said)


async def notices(city: City) -> list[Any]:
    return list(await city.engine.db.fetch("SELECT state, channel, attempts FROM notice ORDER BY number"))


async def hurry(city: City) -> None:
    """Let what waits to be tried again be due."""
    await city.engine.db.execute("UPDATE notice SET next_at = now() WHERE next_at IS NOT NULL")
    await city.engine.db.execute("UPDATE notice_batch SET leased_until = now() WHERE done_at IS NULL")
    await city.engine.db.execute("UPDATE message SET due_at = now() WHERE state = 'queued'")
