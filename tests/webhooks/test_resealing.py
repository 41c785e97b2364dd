"""Secrets of webhooks follow the key that seals, so that the one before can go."""

from __future__ import annotations

import pytest
from standardwebhooks import Webhook

from engine.access import Sealer
from engine.keyring import SEALS, Keyring, KeyringStore
from engine.keyring.acts import retire
from engine.outgoing import Outgoing
from engine.stores.office import Office as Guarded
from engine.webhooks import Paused, Webhooks
from tests.keyring.conftest import BY, SECRET, open_keys, rotated
from tests.webhooks.conftest import LOOPBACK, Office

KEPT = "SELECT secret FROM webhook ORDER BY id"


@pytest.fixture
async def keys(office: Office) -> KeyringStore:
    """The office's webhooks are sealed by this keyring, the first one as the release before seals."""
    keys = await open_keys(office.db)
    office.webhooks = webhooks_of(office, Keyring.of_secret(SECRET, names_keys=False))
    return keys


def webhooks_of(office: Office, keyring: Keyring) -> Webhooks:
    return Webhooks(office.db, Guarded(office.db), Sealer(keyring, b"webhook"), Outgoing(LOOPBACK))


async def test_secrets_are_sealed_anew_and_sign_as_before(
    office: Office, keys: KeyringStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [await office.create(f"/{number}") for number in range(5)]
    assert await office.webhooks.resealing.step() == 0, "while the release before may read them"
    office.webhooks = webhooks_of(office, keys.keyring)
    monkeypatch.setattr("engine.webhooks.endpoints.WEBHOOKS_RESEALED_PER_STEP_MAX", 2)
    for number in (2, 3):
        await rotated(keys, SEALS)
        assert [await office.webhooks.resealing.step() for _ in range(4)] == [2, 2, 1, 0]
        assert all(row["secret"].startswith(f"sealed:{number}:") for row in await office.db.fetch(KEPT))
    for number in (1, 2):
        await retire(keys, "seals", number, BY, force=True)
    await office.tell("o1")
    await office.send()
    for number, webhook in enumerate(made):
        (taken,) = office.partner.taken[f"/{number}"]
        Webhook(webhook.secret).verify(taken.raw, taken.headers)
    await office.webhooks.close()


async def test_what_cant_be_unsealed_is_passed_over(office: Office, keys: KeyringStore) -> None:
    lost, other = await office.create("/lost"), await office.create("/other")
    await office.db.execute("UPDATE webhook SET secret = 'sealed:1:AAAA' WHERE id = $1", lost.id)
    office.webhooks = webhooks_of(office, keys.keyring)
    assert [await office.webhooks.resealing.step() for _ in range(4)] == [1, 0, 0, 0]
    assert await office.db.fetchval("SELECT secret FROM webhook WHERE id = $1", lost.id) == "sealed:1:AAAA"
    await office.tell("o1")
    await office.send()
    assert (await office.show(lost)).paused is Paused.UNREADABLE
    assert (await office.show(other)).paused is None
    await office.webhooks.close()
