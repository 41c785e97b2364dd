"""Letters are written once, with what they tell of, and can't be read in the table."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from engine.limits import LETTERS_PER_INBOX_AND_DAY
from engine.messages.post import unsealed
from tests.messages.conftest import LINK, Office, a_letter


async def test_one_for_each_key_however_many_write_it(office: Office) -> None:
    written = await asyncio.gather(*(office.write("reset:acc_1:prf_1", to=f"{n}@example.org") for n in range(8)))
    assert sorted(written) == [False] * 7 + [True]
    assert await office.write("reset:acc_1:prf_2")
    assert await office.db.fetchval("SELECT count(*) FROM message") == 2


async def test_it_comes_and_goes_with_its_transaction(office: Office) -> None:
    async with office.db.acquire() as connection:
        undone = connection.transaction()
        await undone.start()
        assert await office.letterbox.write(connection, a_letter("verify:1"))
        assert await office.send() == 0, "nobody sends what may not come about"
        await undone.rollback()
    assert await office.send() == 0
    assert await office.write("verify:1"), "the key is free again"
    assert await office.send() == 1


async def test_the_table_shows_neither_address_nor_link(office: Office, db: asyncpg.Pool) -> None:
    until = datetime(2030, 1, 1, tzinfo=UTC)
    await office.write("reset:acc_1:prf_1", data={"link": LINK, "name": "Ana Gil"}, until=until)
    await office.write("reset:acc_2:prf_2", data={"link": LINK, "name": "Ana Gil"}, until=until)
    await office.send()
    dump = "\n".join(str(dict(row)) for row in await db.fetch("SELECT * FROM message"))
    for secret in ("ana", "example.org", "token-of", "Ana", "Gil"):
        assert secret not in dump
    one, two = await db.fetch("SELECT id, sealed FROM message ORDER BY key")
    content = unsealed(office.sealer, one["id"], one["sealed"])
    assert content is not None
    assert (content.to, content.data, content.until) == ("ana@example.org", {"link": LINK, "name": "Ana Gil"}, until)
    assert unsealed(office.sealer, two["id"], one["sealed"]) is None, "what is sealed belongs to its row"


async def test_nobody_fills_the_inbox_of_another(office: Office) -> None:
    """What anybody may ask for ends; what its reader has to know comes all the same."""
    for number in range(LETTERS_PER_INBOX_AND_DAY):
        to, template = f"ana+{number}@example.org", ("reset", "verify")[number % 2]
        assert await office.write(f"{template}:{number}", to=to, template=template)
    assert not await office.write("reset:more")
    assert not await office.write("email_change:more", template="email_change")
    assert await office.write("reset:leo", to="leo@example.org")
    assert await office.write("new_login:1", template="new_login")
    await office.db.execute("UPDATE message SET created_at = now() - interval '25 hours' WHERE template = 'verify'")
    assert await office.write("reset:more"), "the next day"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"template": "reset_unknown"}, "reset_unknown"),
        ({"to": "ana@example.org\r\nBcc: eve@example.org"}, "can"),
        ({"to": "ana"}, "not an e-mail address"),
        ({"key": "reset:ana@example.org"}, "without an address"),
        ({"key": ""}, "short text"),
        ({"data": {}}, "needs link"),
        ({"data": {"link": "javascript:alert(1)"}}, "leads to a page"),
        ({"data": {"link": "https://a.example/" + "x" * 3_000}}, "too long"),
        ({"channel": "fax"}, "no channel"),
        ({"until": datetime.fromisoformat("2030-01-01")}, "zone"),
    ],
)
def test_what_can_be_no_letter_is_refused_at_once(wrong: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        a_letter(**{"key": "k", **wrong})


async def test_many_are_written_like_one(office: Office) -> None:
    async with office.db.acquire() as connection, connection.transaction():
        assert await office.letterbox.write(connection, a_letter("login:2", template="new_login"))
        letters = [a_letter(f"login:{n}", template="new_login", locale=("es", "pt", "nl")[n % 3]) for n in (3, 2, 1)]
        assert await office.letterbox.write_many(connection, letters) == 2
        assert await office.letterbox.write_many(connection, []) == 0
        with pytest.raises(ValueError, match="counted"):
            await office.letterbox.write_many(connection, [a_letter("reset:1")])
    rows = await office.db.fetch("SELECT key, locale FROM message ORDER BY key")
    assert [(row["key"], row["locale"]) for row in rows] == [("login:1", "pt"), ("login:2", "es"), ("login:3", "es")]
    assert await office.send() == 3
