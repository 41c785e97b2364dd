"""Frames of the seat map in a real browser while 2,000 seats a second change on a map of 20,000.

Changes are made through the engine, 100 every 50 ms; the page hears of them as any page does. Beside it: the same page
when nothing changes. Needs Chromium, Playwright (a development dependency) and built pages.
Where one of them is missing it answers `not_measured`, with the reason.
"""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from engine.ids import new_buyer, new_id
from engine.onsale.model import Release, SeatsHold
from engine.onsale.sale import Sale
from engine.refusals import accept
from loadtest.bench.measure import Bench, Figures, Growth, Measure, Row
from loadtest.bench.sales import HOLDS_PER_BUYER, stored_sale
from loadtest.bench.serving import servers
from loadtest.chromium import ARGUMENTS, chromium
from server.pages.assets import built_folder

if TYPE_CHECKING:
    from playwright.async_api import Page

SEATS = 20_000
GROWTH_SEATS = (1_000, 10_000, SEATS)
ROW_SEATS = 200  # as wide as a screen, so that every seat is drawn, not its section
SEATS_EACH = HOLDS_PER_BUYER
TICK_S = 0.05
CHANGES_PER_TICK = 100
PARTIES = 500
SECONDS, SECONDS_SHORT = 10.0, 2.0
WIDTH, HEIGHT = 1920, 1080
DRAWN_MS_MAX = 30_000

# Time between one frame and the next, for so many milliseconds.
RECORD = """wanted_ms => new Promise(resolve => {
  const frames = [];
  let last = null, began = null;
  const frame = now => {
    began ??= now;
    if (last !== null) frames.push(now - last);
    last = now;
    if (now - began < wanted_ms) requestAnimationFrame(frame);
    else resolve(frames);
  };
  requestAnimationFrame(frame);
})"""


def missing() -> str | None:
    """What this machine lacks for this measurement."""
    if chromium() is None:
        return "there is no Chromium"
    if built_folder() is None:
        return "the pages are not built (make web)"
    return None if importlib.util.find_spec("playwright") else "Playwright is not installed"


@asynccontextmanager
async def seat_map(port: int, sale: str) -> AsyncIterator[Page]:
    """A browser that shows the map of the sale."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        await page.goto(f"http://127.0.0.1:{port}/s/{sale}/seats")
        await page.locator("canvas").first.wait_for(timeout=DRAWN_MS_MAX)
        await page.wait_for_timeout(1_000)
        yield page
        await browser.close()


class Changes:
    """Holds and gives back, four seats at a time all over the house."""

    def __init__(self, sale: Sale, seats: int) -> None:
        # A step that is prime: neighbours in time are far apart in the house.
        places = seats // SEATS_EACH
        firsts = [n * 7_919 % places * SEATS_EACH for n in range(min(PARTIES, places))]
        self._parties = [(new_buyer(), tuple(range(first, first + SEATS_EACH))) for first in firsts]
        self._sale = sale
        self._holding: set[str] = set()
        self.done = 0

    async def run(self) -> None:
        """Until cancelled."""
        clock = asyncio.get_running_loop().time
        due = clock()
        for first in itertools.count(step=CHANGES_PER_TICK // SEATS_EACH):
            turn = [self._parties[(first + n) % len(self._parties)] for n in range(CHANGES_PER_TICK // SEATS_EACH)]
            await asyncio.gather(*(self._change(buyer, seats) for buyer, seats in turn))
            self.done += CHANGES_PER_TICK
            due += TICK_S
            await asyncio.sleep(max(0.0, due - clock()))

    async def _change(self, buyer: str, seats: tuple[int, ...]) -> None:
        if buyer in self._holding:
            self._holding.discard(buyer)
            accept(await self._sale.release(Release(buyer, new_id("release"))))
        else:
            self._holding.add(buyer)
            accept(await self._sale.hold(SeatsHold(buyer, new_id("hold"), seats)))


def summary(frames: list[float]) -> dict[str, float]:
    ordered = sorted(frames)
    return {
        "per_s": round(1000 * len(frames) / sum(frames), 1),
        "p50_ms": round(ordered[len(ordered) // 2], 1),
        "p99_ms": round(ordered[len(ordered) * 99 // 100], 1),
        "max_ms": round(ordered[-1], 1),
    }


async def framed(bench: Bench, seats: int, seconds: float) -> Figures:
    """Frames of a map of so many seats, when nothing changes and when much does."""
    sale = await stored_sale(bench, seats, ROW_SEATS)
    async with servers(bench) as port, seat_map(port, sale.id) as page:
        idle = await page.evaluate(RECORD, seconds * 1000)
        changes = Changes(sale, seats)
        changing = asyncio.create_task(changes.run())
        await page.wait_for_timeout(500)
        before, began = changes.done, time.perf_counter()
        busy = await page.evaluate(RECORD, seconds * 1000)
        per_s = (changes.done - before) / (time.perf_counter() - began)
        changing.cancel()
        await asyncio.gather(changing, return_exceptions=True)
    return {"seats": seats, "changes_per_s": round(per_s), **summary(busy), "idle": summary(idle)}


async def measure(bench: Bench) -> Figures:
    reason = missing()
    if reason is not None:
        return {"not_measured": reason}
    growth = []
    for seats in (SEATS,) if bench.quick else GROWTH_SEATS:
        bench.step(f"frames of a map of {seats:,} seats")
        growth.append(await framed(bench, seats, SECONDS if seats == SEATS and not bench.quick else SECONDS_SHORT))
    return {**growth[-1], "growth": growth}


def rows(figures: Figures) -> Iterator[Row]:
    idle = figures["idle"]
    beside = f"nothing changes: {idle['per_s']}/s, 99th percentile {idle['p99_ms']} ms"
    yield Row(
        f"frames, 20,000 seats, {figures['changes_per_s']:,} changes/s", "/s", figures["per_s"], 55, beside=beside
    )
    yield Row("… 99th percentile between frames", "ms", figures["p99_ms"], 34, at_most=True)
    for each in figures["growth"]:
        yield Row(f"… of {each['seats']:,} seats", "/s", each["per_s"], beside=f"99th percentile {each['p99_ms']} ms")


FRAMES_20K = Measure("frames_20k", measure, rows, Growth("seats", "p99_ms", "ms between frames, 99th percentile"))
