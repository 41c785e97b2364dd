"""Sales for a segment: whose account is in it as they ask, and nobody else, whatever becomes of the stores."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

import pytest

from engine.accounts import Browser, BuyersAccount
from engine.audit import Act, Actor
from engine.catalog import segments_of_sales
from engine.engine import Engine
from engine.ids import new_buyer
from engine.limits import BATCH_ITEMS_MAX
from engine.onsale import Sale
from engine.onsale.model import Brought, Joined
from engine.people import PersonChange, Subscription, take_people
from engine.refusals import Code, Refused
from engine.rights import Chosen
from engine.segments import Belonging
from tests.server.conftest import PLAN, Client, MakeSale, Site
from tests.server.test_entry import signed_in, stranger

pytestmark = pytest.mark.every_redis
OF_MEMBERS = PLAN.replace("room: false", "room: {shoppers: 10}") + "entry: {segment: members}\n"
WITHOUT_ROOM = PLAN + "entry: {segment: members}\n"
MEMBERS = 'locale = "es" and not located'
CROWD = 10_000


@pytest.fixture
async def members(engine: Engine, organizer: Act) -> str:
    """The id of a segment of those who read Spanish."""
    return await segment_of(engine, organizer)


@pytest.fixture
async def neighbour(engine: Engine) -> Act:
    """Another organizer, with a segment of the same name."""
    other = Act(await engine.access.create_organizer("Casa de al lado"), "cli")
    await segment_of(engine, other)
    return other


async def segment_of(engine: Engine, by: Act, rule: str = MEMBERS) -> str:
    made = await engine.promos.shelf.put_segment(by, {"name": "members", "rule": rule})
    assert isinstance(made, str), made
    return made


async def known_to(engine: Engine, by: Act, client: Client, locale: str = "es") -> None:
    """The buyer of this client is one of the organizer's people."""
    said = Subscription(by.organizer_id, True, "News of ours")
    assert isinstance(await engine.persons.put(client.hello["buyer_id"], PersonChange(locale=locale), said), int)


async def imported(engine: Engine, by: Act, email: str, **more: Any) -> None:
    line = {"reference": email, "email": email, "zone": "Europe/Madrid", "locale": "es", **more}
    report, rejected = await take_people(engine.db, engine.vault, [line], by)
    assert report.added, rejected


async def refusal(client: Client, sale: str, name: str = "join", **more: str) -> str:
    return str((await client.refused(name, sale=sale, **more))["code"])


async def called(sale: Sale) -> None:
    """Everybody who waits is called."""
    verdict = await sale._calls.ask("room_admit", (10, "0.00", 0))
    assert not isinstance(verdict, Refused)


async def uses(engine: Engine, sale: str) -> int:
    """On how many accounts, and people behind them, places and carts stand."""
    return int(await engine.db.fetchval("SELECT count(*) FROM sale_contact WHERE sale_id = $1", sale))


@pytest.mark.usefixtures("members")
async def test_whoever_is_in_the_segment_enters(site: Site, make_sale: MakeSale, organizer: Act) -> None:
    sale = await make_sale(OF_MEMBERS)
    ana, twin, leo = [await stranger(site) for _ in range(3)]
    for client in (ana, leo):
        assert await refusal(client, sale.id) == "account_needed"
    await known_to(site.engine, organizer, ana)
    assert await refusal(ana, sale.id) == "account_needed", "a member who is signed in nowhere"
    await signed_in(site, ana, twin)
    await signed_in(site, leo)
    told = await leo.refused("join", sale=sale.id)
    assert (told["code"], told.get("details")) == ("not_in_segment", None), "nothing is told of the segment"
    joined = await twin.ok("join", sale=sale.id)
    assert joined["again"] is False, "the account is in it, by another browser"
    assert await refusal(ana, sale.id) == "account_used"
    assert await uses(site.engine, sale.id) == 2, "the account, and whom it stands for"


@pytest.mark.usefixtures("members")
async def test_who_was_refused_has_used_nothing_up(site: Site, make_sale: MakeSale, organizer: Act) -> None:
    sale = await make_sale(OF_MEMBERS)
    phone, laptop = [await stranger(site) for _ in range(2)]
    await signed_in(site, phone, laptop)
    assert await refusal(phone, sale.id) == "not_in_segment"
    assert await uses(site.engine, sale.id) == 0
    await known_to(site.engine, organizer, phone)
    assert (await laptop.ok("join", sale=sale.id))["again"] is False


@pytest.mark.usefixtures("members")
async def test_an_import_is_known_by_the_inbox_of_an_account(
    site: Site, make_sale: MakeSale, organizer: Act, neighbour: Act
) -> None:
    """Of the organizer that sells, and of no other; what anybody typed without showing it to be theirs is nothing."""
    sale = await make_sale(OF_MEMBERS)
    ana, eva, bob = [await stranger(site) for _ in range(3)]
    await imported(site.engine, organizer, "ana@example.org")
    await imported(site.engine, neighbour, "eva@example.org")
    await site.engine.persons.put(bob.hello["buyer_id"], PersonChange(email="ana@example.org"))
    await signed_in(site, ana, email="ana@example.org")
    await signed_in(site, eva, email="eva@example.org")
    await signed_in(site, bob, email="bob@example.org")
    assert await refusal(eva, sale.id) == "not_in_segment"
    assert await refusal(bob, sale.id) == "not_in_segment"
    assert (await ana.ok("join", sale=sale.id))["again"] is False


@pytest.mark.usefixtures("members")
async def test_somebody_in_the_segment_carries_one_place_whichever_account_they_stand_behind(
    site: Site, make_sale: MakeSale, organizer: Act
) -> None:
    """Accounts cost nothing: several of one inbox, or a buyer that goes from one to the next, have no more places."""
    engine, sale = site.engine, await make_sale(OF_MEMBERS)
    ana, again, eva, member, twin = [await stranger(site) for _ in range(5)]
    await imported(engine, organizer, "ana@example.org")
    await signed_in(site, ana, email="ana@example.org")
    await signed_in(site, again, email="ana+again@example.org")
    answers = await asyncio.gather(*(client.ask("join", sale=sale.id) for client in (ana, again)))
    assert sorted("ok" in answer for answer in answers) == [False, True]
    assert {answer["error"]["code"] for answer in answers if "error" in answer} == {"account_used"}
    await known_to(engine, organizer, member)
    account = await signed_in(site, eva, member)
    assert (await eva.ok("join", sale=sale.id))["again"] is False
    assert await engine.accounts.buyers.unlink(account, member.hello["buyer_id"], Browser())
    await signed_in(site, twin, member)
    assert await refusal(twin, sale.id) == "account_used"


@pytest.mark.usefixtures("members")
async def test_whom_the_organizer_does_not_know_is_in_none_of_its_segments(
    site: Site, make_sale: MakeSale, organizer: Act, neighbour: Act
) -> None:
    sale = await make_sale(OF_MEMBERS)
    nobodys, theirs = [await stranger(site) for _ in range(2)]
    await site.engine.persons.put(nobodys.hello["buyer_id"], PersonChange(locale="es"))
    await known_to(site.engine, neighbour, theirs)
    for client in (nobodys, theirs):
        await signed_in(site, client)
        assert await refusal(client, sale.id) == "not_in_segment"
    await known_to(site.engine, organizer, theirs)
    assert (await theirs.ok("join", sale=sale.id))["again"] is False


@pytest.mark.usefixtures("members")
async def test_a_place_stays_with_whoever_leaves_the_segment(site: Site, make_sale: MakeSale, organizer: Act) -> None:
    """As one stays with whoever signs out; without a room, and for a new place, it is asked anew."""
    roomy, open_door = await make_sale(OF_MEMBERS), await make_sale(WITHOUT_ROOM)
    ana = await stranger(site)
    await known_to(site.engine, organizer, ana)
    await signed_in(site, ana)
    place = await ana.ok("join", sale=roomy.id)
    await known_to(site.engine, organizer, ana, locale="en")
    assert await refusal(ana, open_door.id, "enter") == "not_in_segment"
    assert (await ana.ok("join", sale=roomy.id))["number"] == place["number"]
    await called(roomy)
    assert (await ana.ok("enter", sale=roomy.id, place=place["token"]))["id"]
    await ana.ok("leave", sale=roomy.id)
    assert await refusal(ana, roomy.id) == "not_in_segment"


@pytest.mark.usefixtures("members")
async def test_whoever_is_erased_is_in_no_segment(site: Site, make_sale: MakeSale, organizer: Act) -> None:
    engine, sale = site.engine, await make_sale(WITHOUT_ROOM)
    ana, eva = [await stranger(site) for _ in range(2)]
    await imported(engine, organizer, "ana@example.org")
    await signed_in(site, ana, email="ana@example.org")
    (person,) = await engine.vault.find_email("ana@example.org", organizer.organizer_id)
    assert not isinstance(await engine.erasing.erase(organizer, Chosen((person,))), Refused)
    assert await refusal(ana, sale.id, "enter") == "not_in_segment"
    await known_to(engine, organizer, eva)
    account = await signed_in(site, eva)
    assert not isinstance(await engine.erasing.erase(Actor("cli"), Chosen((), (account,))), Refused)
    assert await refusal(eva, sale.id, "enter") == "account_needed"


async def test_a_rule_that_changes_counts_at_once(
    site: Site, make_sale: MakeSale, organizer: Act, members: str
) -> None:
    sale = await make_sale(WITHOUT_ROOM)
    ana = await stranger(site)
    await known_to(site.engine, organizer, ana, locale="en")
    await signed_in(site, ana)
    assert await refusal(ana, sale.id, "enter") == "not_in_segment"
    assert await segment_of(site.engine, organizer, 'locale = "en"') == members
    cart = await ana.ok("enter", sale=sale.id)
    assert (await ana.ok("enter", sale=sale.id))["id"] == cart["id"]


class Clock:
    """The clock of the scripts: so many days after now."""

    days = 0.0

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 + int(self.days * 24 * 3_600_000)


@pytest.fixture
def clock(engine: Engine) -> Clock:
    clock = engine.onsale._clock = Clock()
    return clock


async def test_a_phase_is_for_one_segment_and_the_next_for_another(
    site: Site, clock: Clock, make_sale: MakeSale, organizer: Act, members: str
) -> None:
    """What is brought is judged by the phase that counts then, and an account is kept for its own."""
    friends = await site.engine.promos.shelf.put_segment(organizer, {"name": "friends", "rule": 'locale = "pt"'})
    sale = await make_sale(
        PLAN.replace("room: false", "room: {shoppers: 10}")
        + "phases:\n  early: {until: in 1 day, entry: {segment: members}}\n  later: {entry: {segment: friends}}\n"
    )
    ana, rui = [await stranger(site) for _ in range(2)]
    for client, locale in ((ana, "es"), (rui, "pt")):
        await known_to(site.engine, organizer, client, locale)
        await signed_in(site, client)
    assert await refusal(rui, sale.id) == "not_in_segment"
    place = await ana.ok("join", sale=sale.id)
    his = await site.engine.belonging.of(sale.id, rui.hello["buyer_id"])
    assert his is not None
    assert (his.segments, his.in_all) == ((friends,), False)
    brought = Brought(account=True, segments=his.segments)
    assert await sale.join(new_buyer(), None, brought) == Refused(Code.NOT_IN_SEGMENT)

    clock.days = 1.5
    assert isinstance(await sale.join(new_buyer(), None, brought), Joined), "the same is judged by the phase that is on"
    assert (await rui.ok("join", sale=sale.id))["again"] is False, "his account was not used up in the first phase"
    # Her place was joined for another segment: once it is her turn she is asked for what counts now.
    await called(sale)
    assert await refusal(ana, sale.id, "enter", place=place["token"]) == "not_in_segment"
    await known_to(site.engine, organizer, ana, "pt")
    assert (await ana.ok("enter", sale=sale.id, place=place["token"]))["id"]


@pytest.mark.usefixtures("members")
async def test_the_segment_outlives_the_loss_of_redis(site: Site, make_sale: MakeSale, organizer: Act) -> None:
    sale = await make_sale(OF_MEMBERS)
    ana, leo = [await stranger(site) for _ in range(2)]
    await known_to(site.engine, organizer, ana)
    for client in (ana, leo):
        await signed_in(site, client)
    place = await ana.ok("join", sale=sale.id)
    await known_to(site.engine, organizer, ana, locale="en")
    async with site.engine.onsale.forgotten(sale.id):
        pass
    await site.engine.keeper.rebuild(sale.id)
    assert await refusal(leo, sale.id) == "not_in_segment"
    again = await ana.ok("join", sale=sale.id, place=place["token"])
    assert (again["number"], again["again"]) == (place["number"], True)


async def test_a_crowd_is_looked_up_together(engine: Engine, make_sale: MakeSale, organizer: Act, members: str) -> None:
    """Ten thousand strangers who come at once cost as many lookups as there are batches of them, not ten thousand."""
    sale = await make_sale(WITHOUT_ROOM)
    lookups: list[int] = []

    async def accounts_of(buyers: Collection[str]) -> Mapping[str, BuyersAccount]:
        lookups.append(len(buyers))
        return await engine.accounts.buyers.accounts_of(buyers)

    belonging = Belonging(
        engine.db,
        engine.follower.audience.keys,
        engine.vault,
        accounts_of=accounts_of,
        segments_of=partial(segments_of_sales, engine.db),
    )
    member = new_buyer()
    said = Subscription(organizer.organizer_id, True, "News of ours")
    await engine.persons.put(member, PersonChange(locale="es"), said)
    async with engine.db.acquire() as connection, connection.transaction():
        account = await engine.accounts.make(connection, "ana@example.org")
    assert account is not None
    assert await engine.accounts.buyers.link(account, member, Browser()) is None
    crowd = [new_buyer() for _ in range(CROWD)]
    found = await asyncio.gather(*(belonging.of(sale.id, buyer) for buyer in [*crowd, member]))
    assert found[:-1] == [None] * CROWD
    assert found[-1] is not None
    assert (found[-1].segments, found[-1].in_all) == ((members,), True)
    assert sum(lookups) == CROWD + 1
    assert len(lookups) <= CROWD // BATCH_ITEMS_MAX + 2
