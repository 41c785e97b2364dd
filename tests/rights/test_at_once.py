"""Erasing while something is on its way: whatever was read before is not written after."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import asyncpg
import orjson
import pytest

from engine.accounts import Browser
from engine.audit import Act
from engine.orders import CartChange
from engine.refusals import Code, Refused
from engine.rights import Chosen, Erased
from tests.eventually import until
from tests.orders.house import House
from tests.rights.test_erasing import BY, EVA, dumped, eva_buys, traces_in, whole

SEALED = "SELECT count(*) FROM message WHERE sealed IS NOT NULL"
PEOPLE_KEPT = "SELECT count(*) FROM vault_person WHERE kept_of IS NOT NULL"


class Pause:
    """Stops a method of an object right before it does anything, until it is let go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, of: Any, name: str) -> None:
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()
        does = getattr(of, name)

        async def paused(*args: Any, **more: Any) -> Any:
            self.reached.set()
            await self.go_on.wait()
            return await does(*args, **more)

        monkeypatch.setattr(of, name, paused)


async def somebody_waits(db: asyncpg.Pool) -> bool:
    return bool(await db.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))


@pytest.mark.parametrize("what", ["confirmed", "again", "key reset"])
async def test_a_letter_that_is_being_written_is_forgotten_too(
    house: House, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    engine = house.engine
    buyer, order = await eva_buys(house, 1)
    code = await engine.db.fetchval("SELECT code FROM orders WHERE id = $1", order)
    people = await engine.vault.of_buyers([buyer])
    pause = Pause(monkeypatch, engine.letterbox, "write_many" if what == "confirmed" else "write")
    match what:
        case "confirmed":
            while await engine.confirming.consumer.step(engine.db):
                pass
            writing: Any = asyncio.ensure_future(engine.confirming.step())
        case "again":
            writing = asyncio.ensure_future(engine.confirming.again(house.sale.id, order))
        case _:
            engine.key_resets.ask(code)
            writing = asyncio.ensure_future(engine.key_resets.settle())
    await pause.reached.wait()
    erasing = asyncio.ensure_future(engine.erasing.erase(BY, Chosen(people)))

    async def decided() -> bool:
        return erasing.done() or await somebody_waits(engine.db)

    await until("the erasure", decided)
    pause.go_on.set()
    await writing
    done = await erasing
    assert isinstance(done, Erased), done
    assert await engine.db.fetchval("SELECT count(*) FROM message") == 1, "else nothing was tried"
    assert await engine.db.fetchval(SEALED) == 0
    assert traces_in(await dumped(engine.db)) == []
    # Nor is any written afterwards.
    assert await engine.confirming.again(house.sale.id, order) == Refused(Code.NO_LETTER)
    engine.key_resets.ask(code)
    await engine.key_resets.settle()
    assert await engine.db.fetchval(SEALED) == 0
    await whole(house, order)


async def test_many_erasures_of_the_same_at_once_keep_one_name(house: House) -> None:
    """By the organizer and by operators, in any order: one finds them there, and one name is kept."""
    engine = house.engine
    orders = [await eva_buys(house, seat) for seat in range(4)]
    people = await engine.vault.find_email(EVA.email)
    assert len(people) == len(orders)
    by = Act(house.organizer, "ana")
    done = await asyncio.gather(
        *(engine.erasing.erase(who, Chosen(each)) for who in (by, BY, BY, by) for each in (people, people[::-1]))
    )
    erased = [each for each in done if isinstance(each, Erased)]
    assert all(isinstance(each, Erased) or each == Refused(Code.NOT_FOUND) for each in done), done
    assert sum(each.people for each in erased) == len(people)
    assert sum(each.kept for each in erased) == len(people)
    assert await engine.db.fetchval(PEOPLE_KEPT) == len(people)
    assert traces_in(await dumped(engine.db)) == []
    for _, order in orders:
        await whole(house, order)


async def test_erasing_and_correcting_at_once_end_in_nobody(house: House) -> None:
    engine = house.engine
    by = Act(house.organizer, "ana")
    for seat in range(8):
        buyer, order = await eva_buys(house, seat)
        people = await engine.vault.of_buyers([buyer])
        corrected, done = await asyncio.gather(
            engine.correcting.correct(by, people[0], EVA), engine.erasing.erase(by, Chosen(people))
        )
        assert isinstance(done, Erased), done
        assert corrected in (EVA, Refused(Code.NOT_FOUND))
        assert await engine.vault.contacts(people) == {}
        await whole(house, order)
    assert traces_in(await dumped(engine.db)) == []


async def test_answers_kept_for_repeats_are_forgotten(house: House) -> None:
    """Of the buyer, and of the account they were logged in to; those of others stay."""
    engine, db = house.engine, house.engine.db
    buyer, _ = await eva_buys(house, 1)
    other, _ = await eva_buys(house, 2, replace(EVA, name="Bob"))
    async with db.acquire() as connection, connection.transaction():
        account = await engine.accounts.make(connection, "somebody.else@example.org")
    assert account is not None
    assert await engine.accounts.buyers.link(account, buyer, Browser()) is None
    for actor in (buyer, account, other):
        assert await engine.answers.begin(actor, "k", b"POST /orders") is None
        await engine.answers.keep(actor, "k", 201, orjson.dumps(EVA.wire()))
    by = Act(house.organizer, "ana")
    assert isinstance(await engine.erasing.erase(by, Chosen(await engine.vault.of_buyers([buyer]))), Erased)
    assert [row["actor"] for row in await db.fetch("SELECT actor FROM http_answer")] == [other]


async def test_a_registration_that_was_never_confirmed_is_forgotten(house: House) -> None:
    engine, db = house.engine, house.engine.db
    await db.execute(
        "INSERT INTO account_proof (id, purpose, token_sha256, email, name, until_at)"
        " VALUES ('p', 'register', 'x', $1, $2, now())",
        EVA.email,
        EVA.name,
    )
    await db.execute(
        "INSERT INTO invitation (id, organizer_id, email, token_sha256, grants, until_at, invited_kind, invited_by)"
        " VALUES ('i', $1, $2, 'y', '[]', now(), 'operator', 'ana')",
        house.organizer,
        EVA.email,
    )
    buyer = await house.buyer_holding(1, ready=False)
    for seat_of, by in ((buyer, Act(house.organizer, "ana")), (await house.buyer_holding(2, ready=False), BY)):
        changed = await engine.orders.change_cart(house.sale.id, seat_of, CartChange(contact=EVA))
        assert not isinstance(changed, Refused)
        # An organizer's erasure leaves what is no business of it.
        assert traces_in(await dumped(db))
        people = await engine.vault.of_buyers([seat_of])
        assert isinstance(await engine.erasing.erase(by, Chosen(people)), Erased)
    assert traces_in(await dumped(db)) == []
