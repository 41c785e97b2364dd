"""The audit after a run: what people were told, what the public API shows, and what `aforo verify` finds must agree.

Guarantees: every contradiction is named with its numbers. What could not be looked at is said, never passed over.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from crowd.api import Api, ApiFault
from crowd.book import Book
from crowd.people import Ground
from engine.onsale import draw_of

if TYPE_CHECKING:
    from server.contract.live import CountersAnswer, PoolsAnswer, RoomAnswer, TakingsAnswer
    from server.contract.orders import OrderAnswer, OrderPage
    from server.contract.sales import SaleShape
    from server.contract.shapes import ListedOrderShape

ROOT = Path(__file__).parents[1]
SETTLE_S = 25.0
LOOK_AGAIN_S = 1.0
PAGE = 200
OPENED_MAX = 5  # orders opened with code and key: the server bounds how often
SOLD = 2
VERIFY_S_MAX = 300.0


@dataclass(slots=True)
class Findings:
    """`wrong` fails the run; `unseen` is what could not be checked, and why."""

    wrong: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an audit is about.

    `whole`: nobody but this run bought in the sale. `data_dir`: of an `aforo up` on this machine; `settings`: the
    AFORO_… variables of an installation in parts. One of the two lets `aforo verify` run.
    """

    api: Api
    ground: Ground
    book: Book
    whole: bool = True
    data_dir: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


def audit(asked: Asked, settle_s: float = SETTLE_S) -> Findings:
    """Look, and look again at what does not fit yet: purchases may still be on their way."""
    until = time.monotonic() + settle_s
    while True:
        found = look(asked)
        if not found.wrong or time.monotonic() > until:
            break
        time.sleep(LOOK_AGAIN_S)
    found.wrong += verified(asked, found.unseen)
    return found


def look(asked: Asked) -> Findings:
    found = Findings(seen={"purchases": len(asked.book.bought), "places": len(asked.book.places)})
    try:
        found.wrong += asked.book.wrong
        found.wrong += bought_twice(asked.book, asked.ground)
        found.wrong += sold_otherwise(asked)
        found.wrong += places_wrong(asked)
        found.wrong += opens_otherwise(asked)
        if asked.api.key:
            found.wrong += listed_otherwise(asked, found.seen)
        else:
            found.unseen.append("the orders of the sale were not listed: there is no API key")
    except ApiFault as fault:
        found.wrong.append(f"the installation does not answer: {fault}")
    return found


# ── what people were told, by itself ──


def bought_twice(book: Book, ground: Ground) -> Iterator[str]:
    """One seat told to two, or more than a person may have."""
    owner: dict[int, str] = {}
    had: Counter[str] = Counter()
    orders: set[str] = set()
    for line in book.bought:
        if line["order"] in orders:
            continue
        orders.add(line["order"])
        units = len(line["seats"]) + sum(line["units"].values())
        had[line["buyer"]] += units
        if line["state"] != "paid" or line["tickets"] != units:
            yield f"order {line['order']} was told {line['state']} with {line['tickets']} tickets for {units} units"
        for seat in line["seats"]:
            if owner.setdefault(seat, line["order"]) != line["order"]:
                yield f"seat {seat} was sold in {owner[seat]} and in {line['order']}"
    for buyer, count in had.items():
        if count > ground.person_max:
            yield f"buyer {buyer} bought {count}, and {ground.person_max} is the maximum"


# ── beside the public API ──


def sold_otherwise(asked: Asked) -> Iterator[str]:
    """Seats told sold that the map does not show as sold; pools with less taken than was sold."""
    sale = asked.ground.sale
    bits = asked.api.get_bytes(f"/api/sales/{sale}/seats") if asked.ground.seats else b""
    for line in asked.book.bought:
        for seat in line["seats"]:
            state = bits[seat // 4] >> (6 - 2 * (seat % 4)) & 3
            if state != SOLD:
                yield f"seat {seat} of {line['order']} is shown in state {state}"
    if asked.ground.pools:
        shown: SaleShape = asked.api.get(f"/api/sales/{sale}")
        left: PoolsAnswer = asked.api.get(f"/api/sales/{sale}/pools")
        capacity, free = {each["id"]: each["capacity"] for each in shown["pools"]}, left["pools"]
        told: Counter[str] = Counter()
        for line in asked.book.bought:
            told.update(line["units"])
        for pool, units in told.items():
            if free[pool] < 0 or units > capacity[pool] - free[pool]:
                yield f"pool {pool}: {units} were told sold, {free[pool]} of {capacity[pool]} are shown free"


def places_wrong(asked: Asked) -> Iterator[str]:
    """Numbers and places are given once; the draw is the one that was committed to."""
    if not asked.book.places:
        return
    room: RoomAnswer = asked.api.get(f"/api/sales/{asked.ground.sale}/room")
    draw = None
    if room["secret"]:
        secret = bytes.fromhex(room["secret"])
        draw = draw_of(secret, room["lobby"], room["digest"] or "")
        if hashlib.sha256(secret).hexdigest() != room["commit"]:
            yield "the secret of the draw is not the one that was committed to"
    holder: dict[int, str] = {}
    for line in asked.book.places:
        number, place = line["number"], line["place"]
        if holder.setdefault(place, line["buyer"]) != line["buyer"]:
            yield f"place {place} was given to {holder[place]} and to {line['buyer']}"
        if draw is not None and number >= 0 and draw.place_of(number) != place:
            yield f"number {number} had place {place}, and the draw says {draw.place_of(number)}"


def opens_otherwise(asked: Asked) -> Iterator[str]:
    """A few orders, opened as their buyers would."""
    for line in asked.book.bought[-OPENED_MAX:]:
        try:
            opened: OrderAnswer = asked.api.post("/api/orders/open", {"code": line["code"], "key": line["key"]})
        except ApiFault as fault:
            if " 429 " in str(fault):
                return
            yield f"order {line['order']} does not open: {fault}"
            continue
        order = opened["order"]
        if (order["id"], order["total"], order["state"]) != (line["order"], line["total"], "paid"):
            yield f"order {line['order']} of {line['total']} opens as {order['id']}, {order['state']}, {order['total']}"


# ── beside the organizer's list ──


def listed_otherwise(asked: Asked, seen: dict[str, int]) -> Iterator[str]:
    """Every order told is listed as it was told; in a sale of our own, the counters are those of the list."""
    sale = f"/api/sales/{asked.ground.sale}"
    listed = {each["id"]: each for each in orders_of(asked)}
    paid = [each for each in listed.values() if each["state"] == "paid"]
    seen["orders listed"], seen["orders paid"] = len(listed), len(paid)
    for line in asked.book.bought:
        order = listed.get(line["order"])
        if order is None:
            yield f"order {line['order']} was told bought, and is not listed"
        elif (order["state"], order["total"]) != ("paid", line["total"]):
            yield f"order {line['order']} of {line['total']} is listed {order['state']} with {order['total']}"
    sold = Counter(line["seat"] for order in paid for line in order["lines"] if "seat" in line)
    yield from (f"seat {seat} is in {count} paid orders" for seat, count in sold.items() if count > 1)
    if asked.whole:
        counters: CountersAnswer = asked.api.get(f"{sale}/counters")
        takings: TakingsAnswer = asked.api.get(f"{sale}/takings")
        counted = {
            "orders": (counters["orders"], len(paid)),
            "sold": (counters["sold"], sum(len(order["lines"]) for order in paid)),
            "revenue": (takings["revenue"], sum(order["total"] for order in paid)),
        }
        for name, (says, makes) in counted.items():
            if says != makes:
                yield f"counter {name} says {says}, and the paid orders make {makes}"


def orders_of(asked: Asked) -> Iterator[ListedOrderShape]:
    after = ""
    while True:
        page: OrderPage = asked.api.get(f"/api/sales/{asked.ground.sale}/orders?limit={PAGE}{after}")
        yield from page["items"]
        if page["next"] is None:
            return
        after = f"&after={page['next']}"


# ── beside both stores ──


def verified(asked: Asked, unseen: list[str]) -> list[str]:
    """What `aforo verify` finds, where the stores can be reached from here."""
    if asked.data_dir is None and not asked.settings:
        unseen.append("`aforo verify` was not run: the stores of that installation are not reached from here")
        return []
    command = [sys.executable, "-m", "server", "verify", asked.ground.sale, "--json"]
    if asked.data_dir is not None:
        command += ["--data-dir", str(asked.data_dir)]
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **asked.settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=VERIFY_S_MAX,
    )
    try:
        told = json.loads(ran.stdout)
    except ValueError:
        return [f"`aforo verify` failed: {ran.stderr.strip()[-500:]}"]
    broken = told["sales"][asked.ground.sale]
    return [f"invariant {each['invariant']}: {each['subject']}: {each['text']}" for each in broken]
