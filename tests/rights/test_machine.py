"""Any interleaving of what is done with people, on real stores, beside the model of who can read whom.

People buy, correct what they typed, want offers, are imported and linked to accounts; letters are written; organizers
and operators erase; the keyring rotates and a worker wraps keys anew, some at a time; what is old goes.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from engine.accounts import Browser
from engine.audit import Act, Actor
from engine.engine import Engine
from engine.ids import new_buyer, new_id
from engine.keyring import KeyState, keys, retire, rotate
from engine.limits import KEYRING_LIVE_MAX, LET_GO_KEPT_DAYS
from engine.onsale.model import Cart, Held, SeatsHold
from engine.orders import Bought, CartChange
from engine.people import PersonChange, Subscription, take_people
from engine.refusals import Code, Refused, accept
from engine.rights import Chosen, Erased
from engine.settings import Settings
from engine.vault import Contact
from engine.verify import verify, verify_contexts
from tests.orders.house import House, open_house
from tests.rights.readers import Dice, Readers
from tests.rights.test_erasing import dumped
from tests.rights.test_known import sections

BY = Actor("ana")
HOUSES, BUYERS, CONTACTS = 2, 3, 3
BOUGHT_MAX = 5  # of a buyer in a sale
KEY = "tres tristes tigres"
OLD = f"now() - make_interval(days => {LET_GO_KEPT_DAYS + 1})"
A_WHILE_GOES_BY = (f"UPDATE vault_let_go SET at = {OLD}", f"UPDATE vault_person SET created_at = {OLD}")
ENDED_CARTS = """
DELETE FROM cart c USING orders o WHERE o.sale_id = c.sale_id AND o.cart_id = c.id AND c.sale_id = ANY ($1::text[])
"""
IMPORTED = """
SELECT p.person_id FROM relation r JOIN profile p ON p.number = r.number WHERE r.organizer_id = $1 AND r.reference = $2
"""
LEGIBLE = "SELECT count(*) FROM message WHERE sealed IS NOT NULL AND key LIKE $1"

PROVEN = ("vault", "people", "verify", "accounts", "keyring")


@dataclass
class World:
    """One example: houses, buyers and contacts of its own, on the stores that all examples share."""

    engine: Engine
    houses: list[House]
    buyers: list[str] = field(default_factory=lambda: [new_buyer() for _ in range(BUYERS)])
    model: Readers = field(default_factory=Readers)
    contacts: list[Contact] = field(default_factory=list)
    carts: dict[tuple[int, int], str] = field(default_factory=dict)  # that are open
    seats: list[int] = field(default_factory=lambda: [0] * HOUSES)
    bought: dict[tuple[int, int], int] = field(default_factory=dict)

    async def type(self, house: int, buyer: int, contact: Contact) -> None:
        at, who = self.houses[house], self.buyers[buyer]
        if (house, buyer) not in self.carts:
            if self.bought.get((house, buyer), 0) >= BOUGHT_MAX:
                return
            cart = await at.sale.enter(who)
            assert isinstance(cart, Cart), cart
            held = await at.sale.hold(SeatsHold(who, new_id("h"), (self.seats[house],)))
            assert isinstance(held, Held), held
            self.seats[house] += 1
            self.carts[house, buyer] = cart.id
        changed = await self.engine.orders.change_cart(at.sale.id, who, CartChange(contact=contact, key=KEY))
        assert not isinstance(changed, Refused), changed
        cart_id = self.carts[house, buyer]
        person = await self.engine.db.fetchval("SELECT person_id FROM cart WHERE id = $1", cart_id)
        self.model.typed(at.organizer, who, contact, person)
        self.model.referred["cart", cart_id] = person

    async def buy(self, house: int, buyer: int) -> None:
        cart = self.carts.get((house, buyer))
        if cart is None:
            return
        at, person = self.houses[house], self.model.referred["cart", cart]
        done = await at.buy(self.buyers[buyer], order=f"o{self.bought.get((house, buyer), 0)}")
        if not self.model.contact(person):
            assert isinstance(done, Refused), "nobody buys without a name"
            assert done.code is Code.CART_INCOMPLETE
            return
        assert isinstance(done, Bought), done
        self.model.referred["order", at.sale.id, done.order.id] = person
        self.bought[house, buyer] = self.bought.get((house, buyer), 0) + 1
        del self.carts[house, buyer]

    async def leave(self, house: int, buyer: int) -> None:
        """A cart is left, and forgotten long after."""
        if (cart := self.carts.pop((house, buyer), None)) is not None:
            await self.houses[house].sale.leave(self.buyers[buyer])
            await self.engine.db.execute("DELETE FROM cart WHERE id = $1", cart)
            del self.model.referred["cart", cart]

    async def forget_ended_carts(self) -> None:
        await self.engine.db.execute(ENDED_CARTS, [house.sale.id for house in self.houses])
        live = set(self.carts.values())
        for what in [what for what, _ in self.model.of_kind("cart") if what[1] not in live]:
            del self.model.referred[what]

    async def want_offers(self, house: int, buyer: int, contact: Contact) -> None:
        who = self.buyers[buyer]
        change = PersonChange("UTC", "es", contact.name, contact.email, contact.phone, True)
        said = Subscription(self.houses[house].organizer, True, "Yes")
        assert isinstance(await self.engine.persons.put(who, change, said), int)
        person = await self.engine.db.fetchval("SELECT person_id FROM profile WHERE buyer_id = $1", who)
        before = self.model.referred.get(("profile", who))
        assert before in (None, person), "somebody who comes again is who they were"
        self.model.came(None, contact, person, who)
        self.model.referred["profile", who] = person

    async def take_in(self, house: int, reference: str, contact: Contact) -> None:
        organizer = self.houses[house].organizer
        line = {"reference": reference, **contact.wire(), "zone": "UTC"}
        await take_people(self.engine.db, self.engine.vault, [line], Act(organizer, "ana"))
        person = await self.engine.db.fetchval(IMPORTED, organizer, reference)
        assert self.model.referred.get(("import", organizer, reference)) in (None, person)
        self.model.came(organizer, contact, person)
        self.model.referred["import", organizer, reference] = person

    async def correct(self, house: int, before: Contact, after: Contact) -> None:
        organizer = self.houses[house].organizer
        for person in sorted(self.model.with_email(before.email, organizer))[:1]:
            accept(await self.engine.correcting.correct(Act(organizer, "ana"), person, after))
            self.model.corrected(person, after)

    async def note(self, house: int, contact: Contact) -> None:
        by, text = Act(self.houses[house].organizer, "ana"), new_id("said")
        for person in sorted(self.model.with_email(contact.email, by.organizer_id))[:1]:
            assert isinstance(await self.engine.notes.add(by, person, text), str)
            self.model.people[person].notes.add(text)

    async def link(self, contact: Contact, two: Sequence[int]) -> None:
        """Somebody has an account, and two browsers."""
        accounts = self.engine.accounts
        if contact.email not in self.model.accounts:
            async with self.engine.db.acquire() as connection, connection.transaction():
                made = await accounts.make(connection, contact.email, name=contact.name)
            assert made is not None
            self.model.accounts[contact.email] = made
        for buyer in two:
            await accounts.buyers.link(self.model.accounts[contact.email], self.buyers[buyer], Browser())

    async def write_letters(self) -> None:
        engine = self.engine
        while await engine.confirming.consumer.step(engine.db):
            pass
        while await engine.confirming.step():
            pass

    async def erase(self, house: int | None, contact: Contact) -> None:
        """By an organizer, or by an operator for everybody."""
        organizer = None if house is None else self.houses[house].organizer
        people = self.model.with_email(contact.email, organizer)
        account = self.model.accounts.get(contact.email) if organizer is None else None
        by = BY if organizer is None else Act(organizer, "ana")
        chosen = Chosen(sorted(people), [account] if account else [])
        if account is not None:
            linked = {each.buyer for each in await self.engine.accounts.buyers.of(account)}
            people |= self.model.of_buyers(linked)
        done = await self.engine.erasing.erase(by, chosen)
        if not people and account is None:
            assert done == Refused(Code.NOT_FOUND)
            return
        assert isinstance(done, Erased), done
        assert done.people == len(people)
        orders = {what[2]: who for what, who in self.model.of_kind("order") if who in people}
        assert done.kept == len(set(orders.values())), "names of those who paid are kept for the tax office alone"
        self.model.erased(people)
        for order in orders:
            assert await self.engine.db.fetchval(LEGIBLE, f"order:{order}:%") == 0
        if account is not None:
            del self.model.accounts[contact.email]
        if organizer is None:
            assert contact.email not in await dumped(self.engine.db)

    async def rotate(self) -> None:
        """Another key wraps from here on; those that wrap nobody's any more are retired."""
        store, db = self.engine.keyring, self.engine.db
        in_use = await self.engine.rewrapping.by_key()
        live = [view.id for view in await keys(store) if view.purpose == "vault" and view.state is not KeyState.RETIRED]
        for old in live[:-1]:
            if old not in in_use:
                await retire(store, "vault", old, BY, force=True)
                live.remove(old)
        if len(live) < KEYRING_LIVE_MAX:
            await rotate(store, "vault", BY)
            await db.execute("UPDATE ring_key SET active_at = now() WHERE purpose = 'vault' AND active_at > now()")
            await store.look()

    async def go_by(self) -> None:
        for statement in A_WHILE_GOES_BY:
            await self.engine.db.execute(statement)
        self.model.let_go()
        while await self.engine.letting_go.due_s() is not None:
            await self.engine.letting_go.step()
        await self.engine.letting_go.look_over()

    # ── what must hold ──

    async def check(self) -> None:
        engine, model = self.engine, self.model
        assert await engine.vault.contacts(model.people) == model.readable()
        async with engine.db.acquire() as connection:
            noted = await engine.notes.known(connection, list(model.people), None)
        assert {(row["person"], row["text"]) for row in noted.rows} == set(model.noted())
        rows = await engine.db.fetch("SELECT id FROM vault_person WHERE id = ANY ($1::text[])", list(model.people))
        assert {row["id"] for row in rows} == set(model.people)
        for contact in self.contacts:
            assert set(await engine.vault.find_email(contact.email)) == model.with_email(contact.email)
            assert set(await engine.vault.find_name(contact.name)) >= model.with_email(contact.email)
        for house in self.houses:
            by = Act(house.organizer, "ana")
            assert await engine.looking.read(by, list(model.people)) == model.readable(house.organizer)
            assert await verify(engine, house.sale.id, grace_s=0) == []
        for (_, sale, order), person in model.of_kind("order"):
            view = await engine.orders.one(sale, order)
            assert view is not None
            assert view.contact == model.contact(person)
        for buyer in self.buyers:
            known = await engine.persons.read(buyer)
            person = model.referred.get(("profile", buyer))
            assert (known and known["email"]) == (model.contact(person).email if person else None)
        for email, account in model.accounts.items():
            linked = {each.buyer for each in await engine.accounts.buyers.of(account)}
            told = sections(await engine.known(BY, Chosen([], [account])))
            assert {row["person"] for row in told.get("names", ())} == model.of_buyers(linked) & model.with_email(email)
            assert not any(each.email in str(told) for each in self.contacts if each.email != email)
        found = await verify_contexts(engine, grace_s=0)
        assert [found[name] for name in PROVEN] == [[] for _ in PROVEN]


DICE = st.builds(
    Dice,
    house=st.integers(0, HOUSES - 1),
    buyer=st.integers(0, BUYERS - 1),
    one=st.integers(0, CONTACTS - 1),
    other=st.integers(0, CONTACTS - 1),
    even=st.booleans(),
)


async def types(world: World, dice: Dice) -> None:
    await world.type(dice.house, dice.buyer, world.contacts[dice.one])


async def buys(world: World, dice: Dice) -> None:
    await types(world, dice)
    await world.buy(dice.house, dice.buyer)


async def types_again_and_buys(world: World, dice: Dice) -> None:
    await types(world, dice)
    await buys(world, replace(dice, one=dice.other))


async def leaves(world: World, dice: Dice) -> None:
    await types(world, dice)
    await world.leave(dice.house, dice.buyer)


async def wants_offers(world: World, dice: Dice) -> None:
    await world.want_offers(dice.house, dice.buyer, world.contacts[dice.one])


async def is_imported(world: World, dice: Dice) -> None:
    await world.take_in(dice.house, f"r{dice.other % 2}", world.contacts[dice.one])


async def is_corrected(world: World, dice: Dice) -> None:
    await world.correct(dice.house, world.contacts[dice.one], world.contacts[dice.other])


async def is_noted(world: World, dice: Dice) -> None:
    await world.note(dice.house, world.contacts[dice.one])


async def has_an_account(world: World, dice: Dice) -> None:
    await world.link(world.contacts[dice.one], [dice.buyer, (dice.buyer + 1) % BUYERS])


async def letters_are_written(world: World, _: Dice) -> None:
    await world.write_letters()


async def is_erased(world: World, dice: Dice) -> None:
    await world.erase(dice.house if dice.even else None, world.contacts[dice.one])


async def keyring_rotates(world: World, dice: Dice) -> None:
    if dice.even:
        await world.rotate()
    await world.engine.rewrapping.step()


async def a_while_goes_by(world: World, dice: Dice) -> None:
    if dice.even:
        await world.forget_ended_carts()
    await world.go_by()


# One rule for all of them, so that each example has some of everything; what is there twice happens twice as often.
HAPPENS = (
    *(types, buys, buys, buys, types_again_and_buys, leaves, wants_offers, is_imported, is_corrected, has_an_account),
    *(letters_are_written, letters_are_written, is_erased, is_erased, is_erased, keyring_rotates, keyring_rotates),
    *(a_while_goes_by, a_while_goes_by, is_noted, is_noted),
)


class PeopleMachine(RuleBasedStateMachine):
    """A world per example; `engine` and `runner` are set by the test."""

    engine: Engine
    runner: asyncio.Runner

    @initialize()
    def begin(self) -> None:
        self.world = self.runner.run(self.made())

    async def made(self) -> World:
        while await self.engine.rewrapping.step():
            pass  # each example begins with one key in use
        sales = [f"s-{secrets.token_hex(8)}" for _ in range(HOUSES)]
        world = World(self.engine, [await open_house(self.engine, sale) for sale in sales])
        for number in range(CONTACTS):
            mark = secrets.token_hex(4)
            world.contacts.append(Contact(f"Eva{mark} Öz{number}", f"eva{number}.{mark}@example.org", "+34600123456"))
        return world

    @rule(what=st.sampled_from(HAPPENS), dice=DICE)
    def happens(self, what: Callable[[World, Dice], Coroutine[Any, Any, None]], dice: Dice) -> None:
        self.runner.run(what(self.world, dice))

    @invariant()
    def everybody_reads_whom_they_may(self) -> None:
        if hasattr(self, "world"):
            self.runner.run(self.world.check())


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def engine(
    redis_url: str, database_url: str, tmp_path: Path, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    monkeypatch.setattr("engine.vault.rewrapping.REWRAPS_PER_WRITE", 2)
    monkeypatch.setattr("engine.vault.rewrapping.REWRAPS_PER_STEP_MAX", 2)
    given = {"redis_url": redis_url, "database_url": database_url, "secret": "s" * 32, "erasures_dir": tmp_path}
    ends = AsyncExitStack()
    yield runner.run(ends.enter_async_context(Engine.open(Settings.model_validate(given))))
    runner.run(ends.aclose())


@pytest.mark.parametrize("examples", [8, pytest.param(60, marks=[pytest.mark.long, pytest.mark.timeout(600)])])
def test_people_are_read_by_whom_they_may(engine: Engine, runner: asyncio.Runner, examples: int) -> None:
    class Machine(PeopleMachine):
        pass

    Machine.engine, Machine.runner = engine, runner
    run_state_machine_as_test(Machine, settings=bounded(examples))


def bounded(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(
            Phase.explicit,
            Phase.generate,
        ),  # an example has few steps as it is, and making it smaller takes minutes
    )
