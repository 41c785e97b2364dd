"""Who takes payments has to be said: without it a server sells nothing that costs something, and is not ready."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import TestClient, TestServer

from engine.engine import Engine
from engine.settings import Settings, SettingsFault, load
from server.app import build
from server.cli.starting import NO_PROVIDER, welcome
from server.observe.metrics import Metrics
from server.process import Process


@pytest.mark.parametrize(("provider", "status"), [("", 503), ("sandbox", 200)])
async def test_a_server_without_a_provider_is_not_ready_and_says_why(
    engine: Engine, provider: str, status: int
) -> None:
    async with Engine.open(engine.settings.model_copy(update={"provider": provider})) as opened:
        app = build(Process(opened, Metrics()))
        async with TestClient(TestServer(app)) as client, client.get("/readyz") as answer:
            text = await answer.text()
    assert answer.status == status, text
    assert ("payment_not_set_up" in text) == ("AFORO_PROVIDER" in text) == (status == 503)


def test_the_welcome_says_what_to_set() -> None:
    assert NO_PROVIDER in welcome(Settings(provider=""), None, [])
    assert NO_PROVIDER not in welcome(Settings(provider="sandbox"), None, [])


def test_the_sandbox_is_never_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AFORO_PROVIDER")
    assert load().provider == ""
    monkeypatch.setenv("AFORO_PROVIDER", "sandbx")
    with pytest.raises(SettingsFault, match="AFORO_PROVIDER"):
        load()
