"""`aforo people …` as operators type it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from engine.orders import Contact
from tests.orders.house import House
from tests.rights.test_erasing import EVA, dumped, eva_buys, traces_in, whole

ROOT = Path(__file__).resolve().parents[2]


async def aforo(house: House, *words: str) -> tuple[int, str]:
    """A command in a process of its own; what it said."""
    settings = house.engine.settings
    assert settings.secret is not None
    given = {
        "AFORO_DATABASE_URL": str(settings.database_url),
        "AFORO_REDIS_URL": str(settings.redis_url),
        "AFORO_SECRET": settings.secret.get_secret_value(),
        "AFORO_ERASURES_DIR": str(settings.erasures_dir),
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
    }
    command = [sys.executable, "-m", "server", "people", *words]
    done = await asyncio.to_thread(
        subprocess.run, command, env={**os.environ, **given}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


async def test_somebody_is_found_shown_and_erased(house: House) -> None:
    db = house.engine.db
    _, order = await eva_buys(house, 3)
    (person,) = await house.engine.vault.find_email(EVA.email)
    code, said = await aforo(house, "find", "--email", " EVA.oeztuerk+x@example.org", "--name", "lindqvist")
    assert code == 0, said
    assert person in said
    assert "E… Ö… · e…@example.org · …33" in said
    assert traces_in(said.lower()) == []
    assert await db.fetchval("SELECT count(*) FROM audit WHERE act = 'person.read'") == 0
    _, said = await aforo(house, "find", "--phone", EVA.phone, "--show")
    assert all(each in said for each in EVA.wire().values())
    read = await db.fetchrow("SELECT subject, after FROM audit WHERE act = 'person.read'")
    assert (read["subject"], read["after"]["count"]) == (person, 1)
    code, said = await aforo(house, "erase", person)  # nobody is there to say yes
    assert (code, await house.engine.vault.find_email(EVA.email)) == (1, [person]), said
    assert "E… Ö… · e…@example.org · …33  1 paid orders" in said
    code, said = await aforo(house, "erase", person, "--yes")
    assert code == 0, said
    assert "1 erased (era_" in said
    assert traces_in(await dumped(db)) == []
    await whole(house, order)
    _, said = await aforo(house, "kept", person)
    assert said.startswith(f"{person}  {EVA.name}  until 20")
    assert await db.fetchval("SELECT subject FROM audit WHERE act = 'person.kept'") == person
    code, said = await aforo(house, "erase", person, "--yes")
    assert code == 1, said
    assert await aforo(house, "find", "--name", "evangelina") == (0, "Nobody is called so.\n")
    assert (await aforo(house, "find"))[0] == 1
    assert (await aforo(house, "status"))[1].startswith("key 1 of the keyring wraps the keys of 1 people, and new ones")


async def test_what_is_kept_is_shown_with_what_is_due(house: House) -> None:
    _, said = await aforo(house, "retention")
    lines = {line.partition("  ")[0]: line for line in said.splitlines()}
    assert lines["person nothing refers to"].rstrip().endswith(" 0")
    await house.engine.db.execute(
        "INSERT INTO vault_let_go (person_id, at)"
        " SELECT n::text, now() - n * interval '10 days' FROM generate_series(1, 5) AS n"
    )
    code, said = await aforo(house, "retention")
    assert code == 0, said
    (line,) = (line for line in said.splitlines() if line.startswith("person nothing refers to"))
    assert "30 days after" in line
    assert line.rstrip().endswith(" 3")


async def test_one_organizer_erases_its_own(house: House) -> None:
    other = await house.engine.access.create_organizer("Sala Sur")
    await eva_buys(house, 4)
    (person,) = await house.engine.vault.find_email(EVA.email)
    assert (await aforo(house, "find", "--email", EVA.email, "--organizer", other))[1] == "Nobody is called so.\n"
    code, said = await aforo(house, "erase", person, "--organizer", other, "--yes")
    assert code == 1, said
    assert await house.engine.vault.contacts([person]) == {person: Contact(EVA.name, EVA.email, EVA.phone)}
    assert (await aforo(house, "erase", person, "--organizer", house.organizer, "--yes"))[0] == 0
