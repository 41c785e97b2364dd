"""`/dev/mail`: what was written to people, for operators of demos and for nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from engine.contacts import Asked, ProofAsk, Purpose
from engine.engine import Engine
from engine.messages import Letter, Message, Words
from engine.messages.channels import Sandbox
from server.who.addresses import PASSED_ON
from tests.server.conftest import Site, fresh_address, serving

LINK = "https://a.example/reset#secret"


@pytest.fixture
async def no_demo(engine: Engine) -> AsyncIterator[Site]:
    settings = engine.settings.model_copy(update={"dev_mail": False})
    async with serving(replace(engine, settings=settings)) as site:
        yield site


async def listed(site: Site, **headers: str) -> tuple[int, Any, str]:
    async with site.http.get(f"{site.url}/dev/mail/list", headers=headers) as response:
        return response.status, await response.json(content_type=None), response.headers.get("ETag", "")


async def written(engine: Engine, key: str, **more: Any) -> None:
    letter = Letter(**{"key": key, "template": "reset", "to": "ana@example.org", "locale": "es", **more})
    async with engine.db.acquire() as connection, connection.transaction():
        await engine.letterbox.write(connection, letter)


async def test_rows_and_what_has_none_are_shown_as_they_look(site: Site) -> None:
    engine = site.engine
    await written(engine, "reset:1", data={"link": LINK})
    await engine.letterbox.post.step()
    await engine.letterbox.post.settle()
    words = Words("Code 123", "", "", "Tu código: 123456")
    await Sandbox("email", engine.settings.data_dir / "messages").send(
        Message(
            "n1.2026-07-01", "leo@example.org", "en", Words("Bread", "Text", '<meta charset="utf-8"><p>B', ""), "", ""
        )
    )
    (engine.settings.data_dir / "messages" / "sms.jsonl").write_bytes(
        b'not json\n{"id": "prf_1", "at": 4e9, "to": "+34600000000", "locale": "es", "subject": "", "text": "'
        + words.short.encode()
        + b'", "link": "", "unsubscribe": ""}\n{"id": "half'
    )
    status, body, etag = await listed(site)
    assert status == 200
    sms, notice, letter = body["items"]
    assert (sms["channel"], sms["to"], sms["text"], sms["html"]) == ("sms", "+34600000000", words.short, False)
    assert (notice["id"], notice["subject"], notice["html"]) == ("n1.2026-07-01", "Bread", True)
    assert (letter["to"], letter["state"], letter["template"], letter["link"]) == (
        "ana@example.org",
        "sent",
        "reset",
        LINK,
    )
    assert ["To", "ana@example.org"] in letter["headers"]
    assert (await listed(site, **{"If-None-Match": etag}))[0] == 304
    await written(engine, "reset:2", data={"link": LINK})
    status, body, _ = await listed(site, **{"If-None-Match": etag})
    assert [mail["state"] for mail in body["items"]].count("queued") == 1
    for mail in (notice, letter):
        async with site.http.get(f"{site.url}/dev/mail/{mail['id']}.html") as response:
            text = await response.text()
            policy = response.headers["Content-Security-Policy"]
        assert '<base target="_blank">' in text
        assert "default-src 'none'" in policy
        assert "sandbox allow-popups" in policy
        assert "allow-scripts" not in policy
        assert response.headers["Cache-Control"] == "private, no-store"


async def test_a_code_is_shown_as_a_row(site: Site) -> None:
    asked = await site.engine.contacts.ask(
        ProofAsk(Purpose.ENTRY, "email", "ana@example.org", "buyer", "es", fresh_address())
    )
    assert isinstance(asked, Asked)
    for state in ("queued", "sent"):
        _, body, _ = await listed(site)
        (mail,) = body["items"]
        assert (mail["state"], mail["template"], mail["to"]) == (state, "proof_entry", "ana@example.org")
        assert mail["subject"].split()[0].isdigit()
        assert mail["link"].startswith(f"{site.engine.settings.public_url}/c/prf_")
        await site.engine.letterbox.post.step()
        await site.engine.letterbox.post.settle()


async def test_a_message_whose_text_is_gone_is_still_listed(site: Site) -> None:
    await written(site.engine, "reset:1", data={"link": LINK})
    await site.engine.db.execute("UPDATE message SET state = 'sent', done_at = now(), sealed = NULL")
    _, body, _ = await listed(site)
    (mail,) = body["items"]
    assert (mail["to"], mail["text"], mail["html"], mail["headers"]) == ("", "", False, [])
    async with site.http.get(f"{site.url}/dev/mail/{mail['id']}.html") as response:
        assert response.status == 404


@pytest.mark.parametrize("path", ["/dev/mail", "/dev/mail/list", "/dev/mail/msg_1.html"])
async def test_it_is_there_for_operators_of_demos_alone(site: Site, no_demo: Site, path: str) -> None:
    asks: list[tuple[Site, dict[str, str]]] = [
        (no_demo, {}),
        (site, {PASSED_ON[0]: "203.0.113.9"}),  # by way of a proxy
        (site, {"Host": "evil.example"}),  # a page of evil.example, whose name leads to this machine now
    ]
    for where, headers in asks:
        async with where.http.get(where.url + path, headers=headers) as response:
            assert response.status == 404, headers
    if path == "/dev/mail":
        async with site.http.get(site.url + path) as response:
            assert response.status == 200
            assert "frame-src 'self'" in response.headers["Content-Security-Policy"]
