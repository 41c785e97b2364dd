"""What is kept for a moment: one reading for a crowd, none that failed, no more than there is room for."""

from __future__ import annotations

import asyncio

from engine.kept import Kept


class Source:
    def __init__(self) -> None:
        self.read: list[str] = []
        self.fails = False
        self.answers = asyncio.Event()
        self.answers.set()

    async def __call__(self, key: str) -> str:
        self.read.append(key)
        await self.answers.wait()
        if self.fails:
            raise LookupError(key)
        return key.upper()


async def test_a_crowd_shares_one_reading() -> None:
    source = Source()
    kept = Kept("letters of", source, kept_s=60, most=10)
    assert await asyncio.gather(*(kept.of(key) for key in "abab")) == list("ABAB")
    assert (await kept.of("a"), source.read, len(kept)) == ("A", ["a", "b"], 2)


async def test_whoever_stops_waiting_leaves_it_to_the_others() -> None:
    source = Source()
    source.answers.clear()
    kept = Kept("letters of", source, kept_s=60, most=10)
    impatient, patient = (asyncio.create_task(kept.of("a")) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    source.answers.set()
    assert (await patient, source.read) == ("A", ["a"])


async def test_a_reading_that_failed_is_tried_again_by_the_next() -> None:
    source = Source()
    source.fails = True
    kept = Kept("letters of", source, kept_s=60, most=10)
    assert {type(each) for each in await asyncio.gather(kept.of("a"), kept.of("a"), return_exceptions=True)} == {
        LookupError
    }
    source.fails = False
    assert (await kept.of("a"), source.read) == ("A", ["a", "a"])


async def test_nothing_is_older_than_it_may_be_and_the_oldest_goes_first() -> None:
    source = Source()
    kept = Kept("letters of", source, kept_s=60, most=2)
    for key in "abca":
        await kept.of(key)
    assert (source.read, len(kept)) == (list("abca"), 2)
    kept.forget("a")
    await kept.of("a")
    kept.kept_s = -1
    kept.forget("a")
    await kept.of("a")
    await kept.of("a")
    assert source.read == [*"abcaaaa"], "each time anew"
