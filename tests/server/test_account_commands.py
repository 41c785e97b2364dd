"""`aforo account …`, on the stores of a test."""

from __future__ import annotations

import asyncio
import os
import sys

from engine.engine import Engine
from tests.server.conftest import Site


async def aforo(engine: Engine, *words: str) -> tuple[int | None, str]:
    """What a command ends with, and what it says."""
    settings = engine.settings
    assert settings.secret is not None
    environment = {
        **os.environ,
        "AFORO_REDIS_URL": settings.redis_url or "",
        "AFORO_DATABASE_URL": settings.database_url or "",
        "AFORO_SECRET": settings.secret.get_secret_value(),
        "COLUMNS": "200",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "account", *words),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode().strip()


async def test_an_account_is_made_given_a_role_and_closed(site: Site) -> None:
    engine = site.engine
    code, link = await aforo(engine, "create", "Ana@Example.org", "--name", "Ana", "--organizer-name", "Sala Norte")
    assert code == 0
    token = link.partition("/office/reset#token=")[2]
    body = {"token": token, "password": "tres tristes tigres"}
    async with site.http.post(f"{site.url}/api/security/password/reset", json=body) as answer:
        assert await answer.json() == {"state": "in", "methods": []}
    assert (await aforo(engine, "create", "ana@example.org"))[0] == 1
    assert "ana@example.org" in (await aforo(engine, "list", "@example"))[1]
    assert "owner" in (await aforo(engine, "grant", "ana@example.org", "king"))[1]
    assert (await aforo(engine, "grant", "ana@example.org", "gate", "--until", "2099-01-31"))[0] == 0
    account = await engine.accounts.by_email("ana@example.org")
    organizer = await engine.access.first_organizer()
    assert account is not None
    assert organizer is not None
    permit = await engine.accounts.grants.permit(account.id, organizer)
    assert permit is not None
    assert [grant.role.value for grant in permit.grants if grant.role and grant.until] == ["gate"]
    assert (await aforo(engine, "close", "ana@example.org"))[1].endswith("make somebody else the owner first.")
    assert "#token=" in (await aforo(engine, "reset", account.id))[1]
