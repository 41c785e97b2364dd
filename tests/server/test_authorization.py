"""Every cell of docs/authorization.md, asked of a running server; and no declaration could be another unnoticed."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from engine.access import ROLES, About, Permission, Role
from engine.accounts import Asked, GrantDraft, GuestLinkDraft, Inviting
from engine.audit import Act, ActorKind, Ground
from engine.credit import Granted, Issue
from engine.ids import new_buyer, new_id
from engine.messages import Letter
from engine.onsale import Sale
from engine.onsale.model import Cart
from engine.orders import Cancellation, Move, RefundAsk, Scope
from engine.orders.model import CartRef
from engine.orders.move_model import MoveAsk
from engine.payments import BookNews, open_dispute
from engine.refusals import Refused
from engine.vault import Contact
from server.contract.commands import command
from server.contract.needs import Address, Need, Needed
from server.contract.routes import route
from tests.checks.authorization import CALLERS, YES, Row, rows
from tests.promos.city import store
from tests.server.authorizing import BODIES, FIELDS, LINKS, PARTS, WITHOUT_SALE
from tests.server.conftest import Client, Site, api
from tests.server.test_purchase import CARD, shop

VOID_KEY = f"ak_{'a' * 12}_{'b' * 43}"
# What a need may be answered with by whoever is not it; whatever else comes counts as an answer.
REFUSALS: dict[Needed, set[str]] = {
    Need.NOBODY: {"unauthorized", "hello_first", "forbidden"},
    Need.BUYER: {"unauthorized", "hello_first", "forbidden"},
    Need.OWN: {"unauthorized"},
    Need.OPENED: {"bad_order_key"},
    Need.ACCOUNT: {"unauthorized"},
    Need.HALF: {"unauthorized"},
    Need.KEY: {"unauthorized"},
    Need.OPERATOR: {"not_found"},
}
OF_PERMISSIONS = {"unauthorized", "forbidden", "not_found", "unknown_sale"}
PICTURE = "INSERT INTO picture (organizer_id, url, state) SELECT id, $1, 'failed' FROM organizer ON CONFLICT DO NOTHING"
AN_ALLOCATION = "INSERT INTO allocation (sale_id, id, name, purpose) VALUES ($1, $2, 'None', 'other')"
TRIES, AGAIN_S = 20, 0.5
PROOF = f"prf_{'a' * 16}.{'b' * 22}"


@dataclass
class World:
    """A server, somebody of every kind, and something for each part of a path."""

    site: Site
    tokens: dict[str, str]
    sockets: dict[str, Client]
    parts: dict[str, str]
    sale: str

    async def found(self, row: Row, caller: str) -> str:
        """The cell as the server has it; what was too busy to say is asked again."""
        for _ in range(TRIES):
            code = await self._code(row, caller)
            if code not in ("busy", "unavailable"):
                break
            await asyncio.sleep(AGAIN_S)
        return code if code in REFUSALS.get(row.needs, OF_PERMISSIONS) or code == "internal" else YES

    async def _code(self, row: Row, caller: str) -> str:
        if row.kind == "command":
            fields = FIELDS.get(row.name, {}) | ({} if row.name in WITHOUT_SALE else {"sale": self.sale})
            return await self._ask(caller, row.name, fields)
        if row.kind == "topic":
            return await self._ask(caller, "watch", {"sale": self.sale, "topics": [row.name]})
        return await self._request(row, caller)

    async def _ask(self, caller: str, do: str, fields: dict[str, Any]) -> str:
        answer = await self.sockets[caller].ask(do, **fields)
        assert answer.get("error", {}).get("code") != "invalid", f"{do} needs fields that are right: {answer}"
        return str(answer.get("error", {}).get("code", ""))

    async def _request(self, row: Row, caller: str) -> str:
        headers = {} if caller == "operator" else {"Via": "1.1 door"}
        if caller in ("buyer", "another buyer"):
            headers["Cookie"] = f"aforo_buyer={self.tokens[caller]}"
        elif caller in self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens[caller]}"
        return (await self.told(row, headers))[0]

    async def told(self, row: Row, headers: dict[str, str]) -> tuple[str, str]:
        """The code of a refusal, and the whole answer."""
        method, path = row.name.split(" ")
        body = None if method in ("GET", "DELETE") else BODIES.get(row.name, {})
        url = self.site.url + self.filled(path)
        async with self.site.http.request(method, url, headers=headers, json=body, allow_redirects=False) as answer:
            raw = await answer.read()
            is_problem = answer.content_type == "application/problem+json"
            return (str(orjson.loads(raw)["code"]) if is_problem else ""), raw.decode(errors="replace")

    def filled(self, path: str) -> str:
        token = LINKS.get(path.partition("{")[0], PROOF)
        parts = {**PARTS, **self.parts, "token": token}
        return re.sub(r"\{(\w+)\}", lambda part: parts[part[1]], path)


@pytest.fixture
async def world(site: Site, sale: Sale, organizer: Act, key: str) -> World:
    access, signer = site.engine.access, site.engine.signer
    other = (await access.create(await access.create_organizer("Somebody else"))).key
    spare = await access.create(organizer.organizer_id, "spare")
    office = await office_of(site, organizer)
    buyer, another = await site.buyer(), await site.buyer()
    await shop(buyer, sale, 7)
    order = (await buyer.ok("checkout", sale=sale.id, order="o-1", card=CARD))["order"]
    assert signer.buyer_of(buyer.hello["buyer"])
    venue = (await api(site, "POST /api/venues", key, {"name": "Casa", "zone": "Europe/Madrid"}, 201))["id"]
    talk = {"event": "Talk", "starts": "in 60 days", "zone": "Europe/Madrid"}
    event = (await api(site, "POST /api/events", key, talk, 201))["id"]
    shelf = await api(site, "POST /api/stores", key, store(), 201)
    hook = await api(site, "POST /api/webhooks", key, {"url": "https://example.org/", "topics": ["order.paid"]}, 201)
    delivery = await api(site, f"POST /api/webhooks/{hook['id']}/test", key, status=202)
    terms = {"name": "Sala Norte", "terms": {"text": "No smoking."}}
    written = await api(site, "PUT /api/organizer", key, terms)
    await site.engine.db.execute(PICTURE, BODIES["POST /api/organizer/pictures/fetch"]["url"])
    await site.engine.pictures.files.put(PARTS["picture"], b"drawn")
    await site.engine.db.execute(AN_ALLOCATION, sale.id, PARTS["allocation"])
    letter = Letter("reset:1", "reset", "ana@example.org", "en", {"link": "https://example.org/"})
    async with site.engine.db.acquire() as connection:
        await site.engine.letterbox.write(connection, letter)
    nobody, void, operator = await site.socket(), await site.socket(), await site.socket()
    organizers = {"organizer": key, "another organizer": other}
    sockets = {"nobody": nobody, "buyer": buyer, "another buyer": another, "void key": void, "operator": operator}
    for caller, shown in organizers.items():
        sockets[caller] = await site.socket()
        await sockets[caller].ok("hello", api_key=shown)
    assert (await void.refused("hello", api_key=VOID_KEY))["code"] == "unauthorized"
    return World(
        site,
        {"buyer": buyer.hello["buyer"], "another buyer": another.hello["buyer"], **organizers, "void key": VOID_KEY},
        sockets,
        {
            "sale": sale.id,
            "venue": venue,
            "event": event,
            "store": shelf["id"],
            "promo": shelf["promos"][0],
            "webhook": hook["id"],
            "delivery": delivery["delivery"],
            "key": spare.id,
            **office,
            "message": await site.engine.db.fetchval("SELECT id FROM message"),
            "version": str(written["terms"]["version"]),
            "code": order["code"],
            "order": order["id"],
            **await given_back(site, organizer, event, order),
            **await differing(site, organizer, order),
            "ticket": order["tickets"][0]["id"],
        },
        sale.id,
    )


async def given_back(site: Site, organizer: Act, event: str, order: dict[str, Any]) -> dict[str, str]:
    """A refund that the provider did not give back, and a cancellation that has nothing to give back."""
    sale, orders, state = (
        order["sale"],
        site.engine.orders,
        "UPDATE sandbox_charge SET outcome = $2 WHERE order_id = $1",
    )
    await site.engine.db.execute(state, order["id"], "declined")
    await orders.refunds.give_back(organizer, sale, RefundAsk(order["id"], "failed", amount=1))
    await site.engine.db.execute(state, order["id"], "captured")
    begun = await orders.cancelling.begin(organizer, "none", Scope(event, (sale,), ("none",)))
    assert isinstance(begun, Cancellation)
    return {"refund": "1", "cancellation": begun.id, "move": await undone_move(site, organizer, order)}


async def undone_move(site: Site, organizer: Act, order: dict[str, Any]) -> str:
    """A move of an order that came to nothing."""
    sale, moving = order["sale"], site.engine.orders.moving
    cart = await site.engine.onsale.sale(sale).enter(new_buyer())
    assert isinstance(cart, Cart)
    move = await moving.begin(organizer, sale, MoveAsk(order["id"], "none", CartRef(sale, cart.id, cart.buyer)))
    assert isinstance(move, Move), move
    await moving.undo(move.id)
    return move.id


async def differing(site: Site, organizer: Act, order: dict[str, Any]) -> dict[str, str]:
    """A dispute that is open, and a disagreement with the provider."""
    dispute = await open_dispute(site.engine.db, order["id"])
    assert dispute is not None
    await site.engine.reconciliation.heard(BookNews("sandbox", organizer.organizer_id, dispute))
    disagreement = "dis_open"
    await site.engine.db.execute(
        "INSERT INTO disagreement (id, organizer_id, provider, kind, subject, facts, due_at)"
        " VALUES ($1, $2, 'sandbox', 'unread', 'none', '{}', now())",
        disagreement,
        organizer.organizer_id,
    )
    return {"dispute": dispute, "disagreement": disagreement}


async def office_of(site: Site, organizer: Act) -> dict[str, str]:
    """A member of the organizer, and one of each thing that members have, by the part of a path that names it."""
    accounts = site.engine.accounts
    async with site.engine.db.acquire() as connection, connection.transaction():
        account = await accounts.make(connection, f"{secrets.token_hex(8)}@example.org")
        assert account is not None
        await accounts.grants.add(connection, organizer, account, Role.MANAGER)
        vault = site.engine.vault
        (person,) = await vault.put(connection, [vault.filed(Contact("Ana"), organizer.organizer_id, None)])
    note = await site.engine.notes.add(organizer, person, "Press")
    link = await site.engine.links.make(organizer, "poster", "Posters", None)
    permit = await accounts.grants.permit(account, organizer.organizer_id)
    assert permit is not None
    inviting = Inviting(permit, "Ana", "https://example.org/#token=", "en")
    invited = await accounts.invitations.invite(organizer, inviting, "x@example.org", [GrantDraft(Role.GATE)])
    draft = GuestLinkDraft("x", Permission.SALE_READ, About("evt_x"), datetime.now(UTC) + timedelta(days=1))
    guest = await accounts.guests.make(organizer, permit, draft)
    ask = Asked("sale.close", "POST /x", {}, b"", Ground(Permission.SALE_STEER.value))
    approval = await accounts.policies.ask(
        replace(organizer, kind=ActorKind.ACCOUNT, actor=account, ground=ask.ground), ask
    )
    coupon = await site.engine.coupons.make(organizer, {"key": "TEN", "percent": 10})
    (credit,) = await site.engine.credit.issue(organizer, Issue(500, "EUR", "Rain", new_id("req")))
    assert isinstance(credit, Granted)
    things = {"invitation": invited, "guest": guest, "approval": approval, "link": link, "coupon": coupon}
    ids = {name: each.id for name, each in things.items() if not isinstance(each, Refused | list)}
    # Of a session: without one nobody gets as far as that.
    own = {
        "credit": credit.credit,
        "person": person,
        "note": note,
        "session": "ses_x",
        "buyer": "x" * 16,
        "passkey": "pk_x",
        "provider": "none",
    }
    return {"account": account, **own, **ids}


async def asked(world: World, row: Row, callers: Iterable[str]) -> list[str]:
    """Cells of a row that are not as declared; one caller after another, whose socket carries one answer at a time."""
    wrong = []
    for caller in callers:
        found, declared = await world.found(row, caller), row.cell(caller)
        if found != declared:
            wrong.append(f"{row.kind} {row.name}, {caller}: {found}, declared {declared}")
    return wrong


def is_last(row: Row) -> bool:
    """Whether what it does would change what others find, or who somebody is."""
    return row.name.startswith("DELETE") or row.name == "hello" or row.name.endswith("{allocation}/release")


async def test_a_server_keeps_to_every_cell(world: World) -> None:
    found = list(rows())
    over_http = [row for row in found if row.kind in ("route", "address") and not is_last(row)]
    on_sockets = [row for row in found if row.kind in ("command", "topic") and not is_last(row)]
    wrong = [each for part in await asyncio.gather(*(asked(world, row, CALLERS) for row in over_http)) for each in part]
    ending = sorted(filter(is_last, found), key=lambda row: -row.name.count("/"))  # what is within goes before it
    for row in (*on_sockets, *ending):
        wrong += await asked(world, row, CALLERS if not is_last(row) else sorted(CALLERS, key="organizer".__eq__))
    assert not wrong, "\n".join(wrong)


# ── a declaration that is removed or another ──


def others_than(need: Needed) -> list[Need]:
    """What it might be instead: weaker, or where nothing is weaker, something."""
    if need is Need.OWN:
        return [Need.NOBODY]  # a buyer is one of those who may
    return [Need.BUYER] if need is Need.NOBODY else [each for each in (Need.NOBODY, Need.BUYER) if each is not need]


@contextmanager
def declared(row: Row, need: Needed) -> Iterator[None]:
    """As if it had been declared so."""

    def declare(needs: Needed) -> None:
        if row.kind == "topic":
            row.declared[row.name] = needs
        else:
            object.__setattr__(row.declared, "needs", needs)

    declare(need)
    try:
        yield
    finally:
        declare(row.needs)


async def test_no_declaration_could_be_weaker_unnoticed(world: World) -> None:
    unnoticed = []
    for row in rows():
        for need in others_than(row.needs):
            with declared(row, need):
                if not await asked(world, row, ("nobody", "another buyer")):
                    unnoticed.append(f"{row.kind} {row.name}: {need}")
    assert unnoticed == []
    world.site.undescribed.clear()  # refusals of declarations that were wrong on purpose


def test_a_declaration_that_is_left_out_is_an_error_at_import() -> None:
    declare: Any
    for declare in (lambda: route("GET", "/api/x"), lambda: command("x"), lambda: Address("GET", "/x", run=None)):
        with pytest.raises(TypeError, match="needs"):
            declare()


# ── roles ──


async def cookies_of(world: World, organizer: str, roles: Iterable[Role]) -> dict[Role, dict[str, str]]:
    """Somebody of each role, who works for the organizer as a whole, with a fresh second factor."""
    accounts, found = world.site.engine.accounts, {}
    by = Act(organizer, "test")
    for role in roles:
        async with world.site.engine.db.acquire() as connection, connection.transaction():
            account = await accounts.make(connection, f"{secrets.token_hex(8)}@example.org")
            assert account is not None
            await accounts.grants.add(connection, by, account, role)
            session = await accounts.sessions.begin(connection, account, stepped_up=True, second_factor=True)
        found[role] = {"Cookie": f"aforo_session={session.token}", "Via": "1.1 door"}
    return found


def of_the_office() -> list[Row]:
    """Routes that need a permission; those that would end something are asked by who may not, alone."""
    return [row for row in rows() if row.kind == "route" and isinstance(row.needs, Permission)]


def may_ask(row: Row, role: Role, needs: Needed | None = None) -> bool:
    """Whether a role may, or would if the route needed something else."""
    return {needs or row.needs, *row.all_needed[1:]} <= ROLES[role]


def ends_something(row: Row) -> bool:
    """What it does would change what the next one finds."""
    return row.name.startswith("DELETE") or row.name.endswith(("/leave", "/ownership", "/close", "/end", "/rotate"))


async def test_each_role_may_what_its_permissions_say_and_a_neighbours_nothing(world: World, organizer: Act) -> None:
    ours = await cookies_of(world, organizer.organizer_id, Role)
    elsewhere = await world.site.engine.access.create_organizer("Next door")
    theirs = await cookies_of(world, elsewhere, [Role.OWNER, Role.MANAGER, Role.ANALYST])
    names = [value for name, value in world.parts.items() if len(value) > 8 and name != "version"]
    wrong = []
    for row in of_the_office():
        assert isinstance(row.needs, Permission)
        for role, headers in ours.items():
            may = may_ask(row, role)
            if may and ends_something(row):
                continue
            code, _ = await world.told(row, headers)
            if (code == "forbidden") == may:
                wrong.append(f"{row.name}, {role.value}: {code or 'answered'}")
        for role, headers in theirs.items():
            code, text = await world.told(row, headers)
            if not may_ask(row, role) and code != "forbidden":
                wrong.append(f"{row.name}, {role.value} of a neighbour: {code or 'answered'}")
            if "{" in row.name and not code:
                wrong.append(f"{row.name}, {role.value} of a neighbour: answered about what is not theirs")
            if not code and any(name in text for name in names):
                wrong.append(f"{row.name}, {role.value} of a neighbour: names what is not theirs")
    assert not wrong, "\n".join(wrong)


async def test_no_other_permission_could_be_declared_unnoticed(world: World, organizer: Act) -> None:
    """Each permission is replaced by another one: some role then finds that it may, or may not."""
    headers = await cookies_of(world, organizer.organizer_id, Role)
    unnoticed = []
    for row in of_the_office():
        for other in sorted(set(Permission) - {row.needs}, key=lambda each: each.value)[:: len(Permission) // 3]:
            differing = [role for role in Role if may_ask(row, role) != may_ask(row, role, other)]
            safe = [role for role in differing if not may_ask(row, role, other) or not ends_something(row)]
            if not safe:
                continue  # only by doing it could one tell
            with declared(row, other):
                code, _ = await world.told(row, headers[safe[0]])
            if (code == "forbidden") != may_ask(row, safe[0]):
                unnoticed.append(f"{row.name}: {other.value}, as {safe[0].value}")
    assert not unnoticed, "\n".join(unnoticed)
    world.site.undescribed.clear()
