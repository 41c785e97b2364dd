"""Who may have a place: by a challenge solved for it, by a code, and never twice for one proof."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import altcha
import pytest

from engine.access import PLACES, Allowance, Taken
from engine.access.model import Proof
from engine.accounts.model import Browser
from engine.catalog.model import EntryRule, SaleState
from engine.contacts import ProofAsk, Purpose
from engine.engine import Engine
from engine.ids import new_buyer
from engine.limits import GUESSES_FREE
from engine.onsale.model import Brought, Joined
from engine.refusals import Code, Refused
from server.buying import entering, room
from tests.server.conftest import PLAN, Client, MakeSale, Site, fresh_address, from_address

WITH_ROOM = PLAN.replace("room: false", "room: {shoppers: 10}")
CHALLENGE = WITH_ROOM + "entry: challenge\n"
CHALLENGE_WITHOUT_ROOM = PLAN + "entry: challenge\n"
CONTACT = WITH_ROOM + "entry: contact\n"
CODES = WITH_ROOM + "entry: {code: [Sesame 2027, other-code]}\n"
LATER_MS = 4_000_000_000_000


async def stranger(site: Site, address: str | None = None) -> Client:
    """A new buyer at an address of their own, or at this one."""
    client = await site.socket(headers=from_address(address or fresh_address()))
    client.hello = await client.ok("hello")
    return client


async def solve(client: Client, sale: str) -> str:
    """Ask for a challenge and solve it, as a page does."""
    asked = altcha.Challenge.from_dict((await client.ok("challenge", sale=sale))["challenge"])
    solution = await asyncio.to_thread(altcha.solve_challenge, asked)
    assert solution is not None
    return altcha.Payload(asked, solution).to_base64()


async def test_a_place_takes_a_challenge_that_was_solved(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(CHALLENGE)
    client = await stranger(site)
    assert (await client.refused("join", sale=sale.id))["code"] == "challenge_needed"
    proof = await solve(client, sale.id)
    other = await stranger(site)
    assert (await other.refused("join", sale=sale.id, proof=proof))["code"] == "challenge_needed"
    joined = await client.ok("join", sale=sale.id, proof=proof)
    assert joined["again"] is False
    # The answer may have been lost: asking again needs no new challenge, with the proof that was spent or without.
    for again in ({"proof": proof}, {}):
        answer = await client.ok("join", sale=sale.id, **again)
        assert (answer["again"], answer["number"]) == (True, joined["number"])


async def test_only_a_place_that_is_had_counts(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(CHALLENGE)
    address = fresh_address()
    client = await stranger(site, address)
    for _ in range(3):
        assert (await client.refused("join", sale=sale.id))["code"] == "challenge_needed"
    look = site.engine.allowances.take(PLACES, address, 0)
    assert await look == Taken(load=0.0)


async def test_over_http_it_is_the_same(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(CHALLENGE)
    token = site.engine.signer.buyer_token(new_buyer())
    headers = from_address(fresh_address()) | {"Authorization": f"Bearer {token}"}
    at = f"{site.url}/api/sales/{sale.id}"
    async with site.http.get(at) as response:
        assert (await response.json())["entry"] == "challenge"
    async with site.http.post(f"{at}/places", json={}, headers=headers) as response:
        assert (response.status, (await response.json())["code"]) == (403, "challenge_needed")
    async with site.http.post(f"{at}/challenges", headers=headers) as response:
        assert response.status == 201
        asked = altcha.Challenge.from_dict((await response.json())["challenge"])
    solution = altcha.solve_challenge(asked)
    assert solution is not None
    body = {"proof": altcha.Payload(asked, solution).to_base64()}
    async with site.http.post(f"{at}/places", json=body, headers=headers) as response:
        assert response.status == 201


async def test_a_proof_is_spent_once(engine: Engine, make_sale: MakeSale) -> None:
    sale = await make_sale(CHALLENGE)
    proof = Brought(proof=Proof("one", LATER_MS, "open"))
    answers = await asyncio.gather(*(sale.join(new_buyer(), None, proof) for _ in range(20)))
    assert sum(isinstance(answer, Joined) for answer in answers) == 1
    assert {answer.code for answer in answers if isinstance(answer, Refused)} == {Code.CHALLENGE_NEEDED}


@pytest.mark.parametrize(("until_ms", "state"), [(1, "open"), (LATER_MS, "lobby")])
async def test_a_proof_that_is_old_or_of_another_state_is_none(
    engine: Engine, make_sale: MakeSale, until_ms: int, state: str
) -> None:
    sale = await make_sale(CHALLENGE)
    answer = await sale.join(new_buyer(), None, Brought(proof=Proof("one", until_ms, state)))
    assert answer == Refused(Code.CHALLENGE_NEEDED)


async def test_without_a_room_the_cart_takes_the_challenge(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(CHALLENGE_WITHOUT_ROOM)
    client = await stranger(site)
    assert (await client.refused("hold", sale=sale.id, hold="h0", seats=[1]))["code"] == "no_cart"
    assert (await client.refused("enter", sale=sale.id))["code"] == "challenge_needed"
    cart = await client.ok("enter", sale=sale.id, proof=await solve(client, sale.id))
    assert (await client.ok("enter", sale=sale.id))["id"] == cart["id"]
    assert (await client.ok("hold", sale=sale.id, hold="h1", seats=[1]))["seats"] == [1]


async def test_a_code_opens_the_sale_however_it_is_typed(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(CODES)
    client = await stranger(site)
    assert (await client.refused("join", sale=sale.id))["code"] == "entry_code_needed"
    assert (await client.refused("join", sale=sale.id, code="no such code"))["code"] == "entry_code_wrong"
    assert (await client.ok("join", sale=sale.id, code="SESAME2027"))["again"] is False
    stored = await site.engine.db.fetchval("SELECT entry_codes FROM sale WHERE id = $1", sale.id)
    assert len(stored) == 2
    assert not any("esame" in each or "other" in each for each in stored)


# ── an address shown to be one's own ──


async def shown(site: Site, client: Client, address: str, purpose: Purpose = Purpose.ENTRY) -> None:
    """The buyer of this client has read the letter to this address."""
    contacts, buyer = site.engine.contacts, site.engine.signer.buyer_of(client.hello["buyer"])
    assert buyer is not None
    asked = await contacts.ask(ProofAsk(purpose, "email", address, buyer, "en", fresh_address()))
    assert not isinstance(asked, Refused)
    proof = await site.engine.db.fetchrow(
        "SELECT id, asked_at FROM contact_proof WHERE buyer_id = $1 ORDER BY asked_at DESC LIMIT 1", buyer
    )
    assert proof is not None
    confirmed = await contacts.confirm_code(purpose, buyer, "email", address, contacts.signer.code(*proof))
    assert not isinstance(confirmed, Refused)


async def test_an_inbox_carries_one_place(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(CONTACT)
    ana, twin = await stranger(site), await stranger(site)
    assert (await ana.refused("join", sale=sale.id))["code"] == "contact_needed"
    address = f"ana.{sale.id}@example.org"
    await shown(site, ana, address)
    joined = await ana.ok("join", sale=sale.id)
    assert (await ana.ok("join", sale=sale.id))["number"] == joined["number"]
    await shown(site, twin, f"ana.{sale.id}+twin@example.org")
    assert (await twin.refused("join", sale=sale.id))["code"] == "contact_used"
    await shown(site, twin, f"leo.{sale.id}@example.org")
    assert (await twin.ok("join", sale=sale.id))["again"] is False
    # Who left comes back by the same address, and nobody else does.
    await ana.ok("leave", sale=sale.id)
    assert (await ana.ok("join", sale=sale.id))["number"] > joined["number"]


async def test_an_address_shown_for_offers_is_none_for_a_place(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(CONTACT)
    ana = await stranger(site)
    await shown(site, ana, f"offers.{sale.id}@example.org", Purpose.OFFERS)
    assert (await ana.refused("join", sale=sale.id))["code"] == "contact_needed"


async def test_of_many_who_read_one_inbox_one_gets_a_place(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(CONTACT)
    clients = [await stranger(site) for _ in range(3)]
    for at, client in enumerate(clients):
        await shown(site, client, f"shared.{sale.id}+{at}@example.org")
    answers = await asyncio.gather(*(client.ask("join", sale=sale.id) for client in clients))
    assert sum("ok" in answer for answer in answers) == 1
    assert {answer["error"]["code"] for answer in answers if "error" in answer} == {"contact_used"}


async def test_who_has_several_addresses_uses_up_one(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(CONTACT)
    ana = await stranger(site)
    for at in range(3):
        await shown(site, ana, f"{at}.{sale.id}@example.org")
    for _ in range(3):
        await ana.ok("join", sale=sale.id)
        await ana.ok("leave", sale=sale.id)
    assert await site.engine.db.fetchval("SELECT count(*) FROM sale_contact WHERE sale_id = $1", sale.id) == 1


async def test_an_inbox_stays_used_whatever_becomes_of_redis(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(CONTACT)
    ana, twin = await stranger(site), await stranger(site)
    await shown(site, ana, f"ana.{sale.id}@example.org")
    joined = await ana.ok("join", sale=sale.id)
    await shown(site, twin, f"ana.{sale.id}@example.org")
    async with site.engine.onsale.forgotten(sale.id):
        pass
    await site.engine.keeper.rebuild(sale.id)
    assert (await twin.refused("join", sale=sale.id))["code"] == "contact_used"
    again = await ana.ok("join", sale=sale.id, place=joined["token"])
    assert (again["number"], again["again"]) == (joined["number"], True)


async def test_without_a_room_the_cart_takes_the_address(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(PLAN + "entry: contact\n")
    ana = await stranger(site)
    assert (await ana.refused("hold", sale=sale.id, hold="h0", seats=[1]))["code"] == "no_cart"
    assert (await ana.refused("enter", sale=sale.id))["code"] == "contact_needed"
    await shown(site, ana, f"ana.{sale.id}@example.org")
    cart = await ana.ok("enter", sale=sale.id)
    assert (await ana.ok("enter", sale=sale.id))["id"] == cart["id"]


async def test_codes_can_not_be_tried_at_leisure(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(CODES)
    client = await stranger(site)
    for at in range(GUESSES_FREE):
        assert (await client.refused("join", sale=sale.id, code=f"guess {at}"))["code"] == "entry_code_wrong"
    right = await client.refused("join", sale=sale.id, code="Sesame 2027")
    assert right["code"] == "too_many_tries", "during a wait nothing is said of the code"
    assert right["retry_after_ms"] > 0


async def test_the_rule_outlives_the_loss_of_redis(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(CODES)
    async with site.engine.onsale.forgotten(sale.id):
        pass
    await site.engine.keeper.rebuild(sale.id)
    rebuilt = site.engine.onsale.sale(sale.id)
    assert await rebuilt.join(new_buyer()) == Refused(Code.ENTRY_CODE_NEEDED)
    code = Brought(code=site.engine.signer.entry_code_mark("other-CODE"))
    assert isinstance(await rebuilt.join(new_buyer(), None, code), Joined)


async def test_a_rule_may_be_changed_while_the_sale_runs(site: Site, make_sale: MakeSale, organizer: Any) -> None:
    sale = await make_sale(WITH_ROOM)
    assert isinstance(await sale.join(new_buyer()), Joined)
    info = await site.engine.catalog.change_sale(organizer, sale.id, {"entry": "challenge"})
    assert not isinstance(info, list | Refused)
    assert info.entry.rule is EntryRule.CHALLENGE
    assert await sale.join(new_buyer()) == Refused(Code.CHALLENGE_NEEDED)


async def test_challenges_are_of_a_state_in_which_there_are_places(site: Site, make_sale: MakeSale) -> None:
    later = await make_sale(CHALLENGE.replace("opens: now", "opens: in 1 hour"), SaleState.SCHEDULED)
    client = await stranger(site)
    assert (await client.refused("challenge", sale=later.id))["code"] == "sale_not_open"


ROOM_LEFT = Allowance("thousand", burst=200, per_second=100.0)
HONEST = 1_000
SOCKETS = 100


async def honest(site: Site, client: Client, sale: str, *, challenged: bool) -> None:
    """A buyer who does what the server says, waits included, until they are in."""
    await client.ok("hello", buyer=site.engine.signer.buyer_token(new_buyer()))
    fields = {"proof": await solve(client, sale)} if challenged else {}
    while True:
        answer = await client.ask("join", sale=sale, **fields)
        if "ok" in answer:
            assert answer["ok"]["again"] is False
            return
        assert answer["error"]["code"] == "network_busy", answer
        await asyncio.sleep(answer["error"]["retry_after_ms"] / 1_000)


@pytest.mark.parametrize("plan", [WITH_ROOM, CHALLENGE], ids=["open", "challenge"])
async def test_a_thousand_honest_buyers_behind_one_address_all_get_in(
    site: Site, make_sale: MakeSale, monkeypatch: pytest.MonkeyPatch, plan: str
) -> None:
    """Also where far fewer may come at once than really may, so that most of them have to wait."""
    monkeypatch.setattr(entering, "PLACES", ROOM_LEFT)
    monkeypatch.setattr(room, "PLACES", ROOM_LEFT)
    sale = await make_sale(plan)
    address = fresh_address()

    async def one_after_another(client: Client) -> None:
        for _ in range(HONEST // SOCKETS):
            await honest(site, client, sale.id, challenged=plan is CHALLENGE)

    clients = [await site.socket(headers=from_address(address)) for _ in range(SOCKETS)]
    await asyncio.gather(*map(one_after_another, clients))
    snapshot = await sale.snapshot()
    assert not isinstance(snapshot, Refused)
    assert snapshot.room.tail == HONEST


async def signed_in(site: Site, *buyers: Client, email: str | None = None) -> str:
    """An account that these buyers are linked to."""
    accounts = site.engine.accounts
    async with site.engine.db.acquire() as connection, connection.transaction():
        account = await accounts.make(connection, email or f"{secrets.token_hex(8)}@example.org")
    assert account is not None
    for buyer in buyers:
        refused = await accounts.buyers.link(account, buyer.hello["buyer_id"], Browser())
        assert refused is None
    return account


async def test_an_account_carries_one_place(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(CONTACT.replace("entry: contact", "entry: account"))
    ana, twin, leo = [await stranger(site) for _ in range(3)]
    for client in (ana, twin, leo):
        assert (await client.refused("join", sale=sale.id))["code"] == "account_needed"
    await signed_in(site, ana, twin)
    joined = await ana.ok("join", sale=sale.id)
    assert (await ana.ok("join", sale=sale.id))["number"] == joined["number"]
    assert (await twin.refused("join", sale=sale.id))["code"] == "account_used"
    assert (await leo.refused("join", sale=sale.id))["code"] == "account_needed"
    await signed_in(site, leo)
    assert (await leo.ok("join", sale=sale.id))["again"] is False
    # Who left comes back, and a rebuild changes nothing.
    await ana.ok("leave", sale=sale.id)
    assert (await ana.ok("join", sale=sale.id))["number"] > joined["number"]
    async with site.engine.onsale.forgotten(sale.id):
        pass
    await site.engine.keeper.rebuild(sale.id)
    assert (await twin.refused("join", sale=sale.id))["code"] == "account_used"


async def test_without_a_room_the_cart_takes_the_account(site: Site, make_sale: MakeSale) -> None:
    sale = await make_sale(PLAN + "entry: account\n")
    ana = await stranger(site)
    assert (await ana.refused("hold", sale=sale.id, hold="h0", seats=[1]))["code"] == "no_cart"
    assert (await ana.refused("enter", sale=sale.id))["code"] == "account_needed"
    await signed_in(site, ana)
    cart = await ana.ok("enter", sale=sale.id)
    assert (await ana.ok("enter", sale=sale.id))["id"] == cart["id"]
