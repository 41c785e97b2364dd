"""Accounts at payment providers over HTTP: who may write them, and the address where providers tell things."""

from __future__ import annotations

import time
from typing import Any

import pytest
from pydantic import ValidationError

from engine.accounts import SessionState
from engine.audit import Act, ActorKind
from engine.limits import HOOK_BODY_BYTES_MAX
from engine.onsale import Sale
from engine.payments import AccountKeys, Means, Serves
from server.contract.orders import CheckoutBody
from tests.providers.stripe_events import event_of, header_of
from tests.server.conftest import Site
from tests.server.test_accounts import World, world
from tests.server.test_factors import session_of

__all__ = ["world"]

BODY = {
    "name": "Ours",
    "publishable_key": "pk_test_a",
    "secret_key": "sk_test_canary",
    "webhook_secret": "whsec_canary",
}
ACCOUNTS = "/api/payment-accounts"


class Owner:
    """Somebody whose organizer it is, logged in."""

    def __init__(self, site: Site, token: str) -> None:
        self._site = site
        self._cookie = {"Cookie": f"aforo_session={token}"}

    async def ask(self, what: str, body: Any = None, **headers: str) -> tuple[int, Any, str]:
        """The status, what is said, and the version of it."""
        method, path = what.split(" ")
        asked = self._site.http.request(
            method, f"{self._site.url}{ACCOUNTS}{path}", json=body, headers={**self._cookie, **headers}
        )
        async with asked as answer:
            self._site.http.cookie_jar.clear()
            said = await answer.json(content_type=None) if answer.status != 204 else None
            return answer.status, said, answer.headers.get("ETag", "")


@pytest.fixture
async def owner(world: World) -> Owner:
    me = await world.register(world.visitor(), organizer="Sala Norte")
    token = await session_of(world.site, me["account"]["id"], SessionState.IN, stepped_up=True)
    return Owner(world.site, token)


async def made(owner: Owner) -> str:
    status, said, _ = await owner.ask("POST ", BODY)
    assert status == 201, said
    return str(said["id"])


async def test_an_owner_connects_changes_and_switches_an_account(owner: Owner) -> None:
    account = await made(owner)
    status, view, version = await owner.ask(f"GET /{account}")
    assert (status, view["active"], view["live"], view["webhook_secrets"]) == (200, False, False, 1)
    assert view["webhook_address"].endswith(f"/hooks/payments/{account}")
    change = {"webhook_secret": "whsec_canary2"}
    status, view, _ = await owner.ask(f"PUT /{account}", change, **{"If-Match": version})
    assert (status, view["webhook_secrets"], view["name"]) == (200, 2, "Ours")
    status, said, _ = await owner.ask(f"PUT /{account}", change, **{"If-Match": version})
    assert said["code"] == "changed_meanwhile"
    assert (await owner.ask(f"POST /{account}/switch-on"))[0] == 204
    _, said, _ = await owner.ask("GET ")
    assert [(each["id"], each["active"]) for each in said["items"]] == [(account, True)]
    assert "canary" not in str(said), "keys are not shown again"
    assert (await owner.ask(f"POST /{account}/switch-off"))[0] == 204


async def test_an_account_says_what_it_is_for(owner: Owner) -> None:
    account = await made(owner)
    everything: dict[str, Any] = {"currencies": [], "countries": [], "amount_from": None, "amount_up_to": None}
    assert (await owner.ask(f"GET /{account}"))[1]["serves"] == everything
    serves = {"currencies": ["eur"], "countries": ["fr", "es"], "amount_from": 100, "amount_up_to": 9_900}
    _, view, _ = await owner.ask(f"PUT /{account}", {"serves": serves})
    told = {"currencies": ["EUR"], "countries": ["ES", "FR"], "amount_from": 100, "amount_up_to": 9_900}
    assert view["serves"] == told
    _, view, _ = await owner.ask(f"PUT /{account}", {"name": "Ours, as before"})
    assert view["serves"] == told
    _, said, _ = await owner.ask(f"PUT /{account}", {"serves": {"amount_from": 5}})
    assert (said["code"], [each["path"] for each in said["fields"]]) == ("invalid", ["serves.amount_from"])


async def test_a_sale_whose_payment_depends_on_the_sum_lists_how(site: Site, sale: Sale) -> None:
    organizer = await site.engine.db.fetchval("SELECT organizer_id FROM sale WHERE id = $1", sale.id)
    by = Act(organizer, "here", ActorKind.ITSELF)
    for serves, key in (
        (Serves(("EUR",), (), None, 100), "pk_test_small"),
        (Serves(("EUR",), (), 101), "pk_test_large"),
    ):
        account = await site.engine.payment_accounts.create(by, AccountKeys("Ours", key, "sk_test_a", serves=serves))
        assert isinstance(account, str)
        await site.engine.payment_accounts.switch(by, account, on=True)
    site.engine.orders._tills._of_sale.clear()
    async with site.http.get(f"{site.url}/api/sales/{sale.id}") as answer:
        said = await answer.json()
    ranges = [(each["amount_from"], each["amount_up_to"], each["payment_key"]) for each in said["payments"]]
    assert ranges == [(None, 100, "pk_test_small"), (101, None, "pk_test_large")]
    assert said["payment_key"] == "pk_test_small"


async def test_what_is_wrong_with_keys_is_named(owner: Owner) -> None:
    status, said, _ = await owner.ask("POST ", {"name": "Ours", "secret_key": "pk_test_a"})
    assert (status, said["code"]) == (422, "invalid")
    assert {each["path"] for each in said["fields"]} == {"secret_key", "publishable_key"}
    assert (await owner.ask("POST /pac_none/switch-on"))[1]["code"] == "not_found"


async def test_money_asks_for_a_fresh_proof(owner: Owner, site: Site) -> None:
    account = await made(owner)
    await site.engine.db.execute("UPDATE session SET stepped_up_at = now() - interval '1 day'")
    for what in (f"POST /{account}/switch-on", f"POST /{account}/switch-off"):
        assert (await owner.ask(what))[1]["code"] == "step_up_needed"
    assert (await owner.ask("POST ", BODY))[1]["code"] == "step_up_needed"


# ── what buyers are told ──


async def test_a_sale_says_how_it_is_paid(site: Site, sale: Sale) -> None:
    async with site.http.get(f"{site.url}/api/sales/{sale.id}") as answer:
        assert "payment_key" not in await answer.json()
    organizer = await site.engine.db.fetchval("SELECT organizer_id FROM sale WHERE id = $1", sale.id)
    by, keys = Act(organizer, "here", ActorKind.ITSELF), AccountKeys("Ours", "pk_test_a", "sk_test_a")
    account = await site.engine.payment_accounts.create(by, keys)
    assert isinstance(account, str)
    await site.engine.payment_accounts.switch(by, account, on=True)
    site.engine.orders._tills._of_sale.clear()
    async with site.http.get(f"{site.url}/api/sales/{sale.id}") as answer:
        said = await answer.json()
    assert (said["payment_methods"], said["payment_key"]) == (["stripe"], "pk_test_a")


@pytest.mark.parametrize("token", ["pm_1a", "ctoken_1a"])
def test_what_stripes_page_collected_is_a_way_to_pay(token: str) -> None:
    asked = CheckoutBody.model_validate({"order": "o", "payment": {"method": "stripe", "token": token}})
    assert asked.means(None) == Means("stripe", token=token)


@pytest.mark.parametrize("payment", [{"method": ""}, {"method": "stripe", "token": "pm_1/../x"}])
def test_anything_else_is_none(payment: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        CheckoutBody.model_validate({"order": "o", "payment": payment})


# ── the address of an account ──


async def told(site: Site, account: str, body: bytes, secret: str = "whsec_canary") -> int:
    headers = {"Stripe-Signature": header_of(body, secret, int(time.time()))}
    async with site.http.post(f"{site.url}/hooks/payments/{account}", data=body, headers=headers) as answer:
        return answer.status


async def test_what_is_signed_is_taken_and_what_is_not_is_refused_and_counted(owner: Owner, site: Site) -> None:
    account = await made(owner)
    body = event_of("po_1")
    assert await told(site, account, body) == 204
    assert await told(site, account, body, "whsec_another") == 400
    assert await told(site, "pac_none", body) == 404
    assert await told(site, account, b" " * (HOOK_BODY_BYTES_MAX + 1)) == 413
    await site.engine.audit.tally.hand_in()
    counted = await site.engine.db.fetchval("SELECT sum(times) FROM audit_tally WHERE act = 'hook.refused'")
    assert counted == 1


async def test_nobody_else_finds_it(site: Site) -> None:
    async with site.http.get(f"{site.url}/hooks/payments/pac_none") as answer:
        assert answer.status in (404, 405)
