"""Who shops during a run: crowds in processes of their own, and regulars; and the audit of what they were told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from crowd.audit import Asked, audit
from crowd.crowd import Crowd, CrowdPlan, Outcome, gathered
from engine.ending import end
from loadtest.growth.regular import Regular
from loadtest.growth.site import Site

FAR_S = 24 * 3_600.0
FINISH_S_MAX = 120.0
SETTLE_S = 75.0  # a purchase that nobody answers may take its finisher a minute


@dataclass
class Shopping:
    crowds: list[Crowd]
    outcomes: list[Outcome] = field(default_factory=list)  # once they have stopped, in the order of the plans

    @property
    def failed(self) -> Counter[str]:
        """What has failed so far, as of half a second ago."""
        return sum((crowd.failed for crowd in self.crowds), Counter())


@asynccontextmanager
async def shopping(plans: Sequence[CrowdPlan], regulars: Sequence[Regular]) -> AsyncIterator[Shopping]:
    """They shop as long as the context lasts, and then come to an end."""
    async with AsyncExitStack() as stack:
        crowds = [await stack.enter_async_context(gathered(plan)) for plan in plans]
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


async def judged(site: Site, plans: Sequence[CrowdPlan], found: Shopping, regulars: Sequence[Regular]) -> list[str]:
    """What is wrong at the end, by everything that anybody was told."""
    wrong: list[str] = []
    for plan, outcome in zip(plans, found.outcomes, strict=True):
        for regular in regulars:
            if regular.ground is plan.ground:
                outcome.book.add(regular.book.take())
        asked = Asked(site.api(), plan.ground, outcome.book, settings=site.surroundings)
        findings = await asyncio.to_thread(audit, asked, SETTLE_S)
        wrong += [f"{plan.ground.sale}: {each}" for each in (*findings.wrong, *findings.unseen)]
    return wrong
