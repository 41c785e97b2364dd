"""Who shops during a run: crowds in processes of their own, and regulars; and the audit of what they were told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from engine.ending import end
from loadtest.crowd.audit import Asked, audit
from loadtest.growth.regular import Regular
from loadtest.growth.site import Site
from loadtest.storm.crowds import Crowds, Outcome, Storm, gathered

FAR_S = 24 * 3_600.0
FINISH_S_MAX = 120.0
SETTLE_S = 75.0  # a purchase that nobody answers may take its finisher a minute


@dataclass
class Shopping:
    crowds: list[Crowds]
    outcomes: list[Outcome] = field(default_factory=list)  # once they have stopped, in the order of the storms

    @property
    def failed(self) -> Counter[str]:
        """What has failed so far, as of half a second ago."""
        return sum((crowd.failed for crowd in self.crowds), Counter())


@asynccontextmanager
async def shopping(storms: Sequence[Storm], regulars: Sequence[Regular]) -> AsyncIterator[Shopping]:
    """They shop as long as the context lasts, and then come to an end."""
    async with AsyncExitStack() as stack:
        crowds = [await stack.enter_async_context(gathered(storm)) for storm in storms]
        acting = [asyncio.create_task(crowd.act(FAR_S)) for crowd in crowds]
        visiting = [asyncio.create_task(regular.go_on()) for regular in regulars]
        found = Shopping(crowds)
        try:
            yield found
            await end(visiting)
            await asyncio.gather(*(crowd.stop() for crowd in crowds))
            found.outcomes = list(await asyncio.wait_for(asyncio.gather(*acting), FINISH_S_MAX))
        finally:
            await end([*visiting, *acting])


async def judged(site: Site, storms: Sequence[Storm], found: Shopping, regulars: Sequence[Regular]) -> list[str]:
    """What is wrong at the end, by everything that anybody was told."""
    wrong: list[str] = []
    for storm, outcome in zip(storms, found.outcomes, strict=True):
        for regular in regulars:
            if regular.ground is storm.ground:
                outcome.book.add(regular.book.take())
        asked = Asked(site.api(), storm.ground, outcome.book, settings=site.surroundings)
        findings = await asyncio.to_thread(audit, asked, SETTLE_S)
        wrong += [f"{storm.ground.sale}: {each}" for each in (*findings.wrong, *findings.unseen)]
    return wrong
