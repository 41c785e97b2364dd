"""Whatever text comes in: every field of both documents has a rule, and the server keeps to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import asyncpg
import msgpack
import pytest
from pydantic import BaseModel
from yarl import URL

from engine.access import Role
from engine.audit import Act
from engine.onsale import Sale
from engine.people import Line
from engine.refusals import Code, RefusalError
from server.api import all_routes
from server.contract import asyncapi, openapi
from server.contract.commands import COMMANDS
from server.contract.faults import or_unavailable
from server.contract.wire import WIRES
from tests.server.conftest import Client, Site
from tests.server.fields import HOSTILE, LONE, Field, Schema, is_ruled, texts
from tests.server.test_own_orders import buy

REFUSED = {400, 404, 413, 422}
UNDECODABLE = "\udcff"  # the byte FF


def bodies() -> Iterator[tuple[str, str, Field]]:
    """Method, path and each text of its body."""
    document = openapi.current()
    for path, methods in document["paths"].items():
        for method, each in methods.items():
            for content in each.get("requestBody", {}).get("content", {}).values():
                for field in texts(content["schema"], document["components"]["schemas"]):
                    yield method, path, field
                break  # other content types have the same schema


def parameters() -> Iterator[tuple[str, str, str, str, Schema]]:
    """Method, path, where, name and schema of each text beside the body."""
    document = openapi.current()
    for path, methods in document["paths"].items():
        for method, each in methods.items():
            for known in each["parameters"]:
                if known["name"] == "If-None-Match":
                    continue  # compared and never kept: whatever it says, what it does not fit is sent
                for field in texts(known["schema"], document["components"]["schemas"]):
                    yield method, path, known["in"], known["name"], field.schema


def asks() -> Iterator[tuple[str, Field]]:
    document = asyncapi.current()
    for do in COMMANDS:
        payload = document["components"]["messages"][f"{asyncapi.title(do)}Ask"]["payload"]
        for field in texts(payload, document["components"]["schemas"]):
            if field.steps not in (("do",), ("id",)):  # a word of ours; a word that is sent back and never kept
                yield do, field


# ── the documents ──


def test_every_text_of_the_documents_has_a_rule() -> None:
    bare = [f"{method} {path} {field}" for method, path, field in bodies() if not is_ruled(field.schema)]
    bare += [f"{method} {path} {name}" for method, path, _, name, schema in parameters() if not is_ruled(schema)]
    bare += [f"{do} {field}" for do, field in asks() if not is_ruled(field.schema)]
    person = Line.model_json_schema()
    bare += [f"people {field}" for field in texts(person, person.get("$defs", {})) if not is_ruled(field.schema)]
    assert not bare, "these take any text: give them a type of engine/text.py or engine/ids.py"


def test_a_field_without_a_rule_is_found() -> None:
    class Inner(BaseModel):
        named: dict[str, int]

    class Careless(BaseModel):
        bare: str
        listed: list[str]
        inner: Inner | None = None

    schema = Careless.model_json_schema()
    found = [str(field) for field in texts(schema, schema["$defs"]) if not is_ruled(field.schema)]
    assert found == ["bare", "listed.[]", "inner.named.{name}"]


@pytest.mark.parametrize("pattern", ["^.{1,64}$", "[a-z]{3}", "^[a-z]+$", r"^[^@<>]{1,9}$", r"^\w{3}$"])
def test_a_loose_pattern_is_no_rule(pattern: str) -> None:
    assert not is_ruled({"type": "string", "pattern": pattern})


# ── HTTP ──


async def credentials(site: Site, organizer: Act, buyer: Client | None = None) -> dict[str, str]:
    """Buyer, organizer and somebody who is logged in, at once."""
    key = (await site.engine.access.create(organizer.organizer_id)).key
    token = (buyer or await site.buyer()).hello["buyer"]
    async with site.engine.db.acquire() as connection, connection.transaction():
        account = await site.engine.accounts.make(connection, f"{token[:8].lower()}@example.org")
        assert account is not None
        await site.engine.accounts.grants.add(connection, organizer, account, Role.OWNER)
        session = await site.engine.accounts.sessions.begin(connection, account, stepped_up=True)
    cookies = f"aforo_buyer={token}; aforo_session={session.token}"
    return {"Authorization": f"Bearer {key}", "Cookie": cookies, "Content-Type": "application/json"}


async def test_bodies_refuse_hostile_texts_by_the_name_of_the_field(site: Site, sale: Sale, organizer: Act) -> None:
    buyer = await site.buyer()
    code = (await buy(buyer, sale, 3))["code"]
    headers = await credentials(site, organizer, buyer)
    of_members = {(each.method.lower(), each.path) for each in all_routes() if each.members}
    for method, path, field in bodies():
        shown = {name: said for name, said in headers.items() if name != "Authorization"}  # a key is no member
        shown = shown if (method, path) in of_members else headers
        url = site.url + path.replace("{sale}", sale.id).replace("{venue}", "ven_none").replace("{code}", code)
        url = url.replace("{passkey}", "pk_none").replace("{account}", "acc_none").replace("{person}", "prs_none")
        url = (
            url.replace("{event}", "evt_none")
            .replace("{link}", "lnk_none")
            .replace("{disagreement}", "dis_none")
            .replace("{coupon}", "cpn_none")
            .replace("{credit}", "crd_none")
            .replace("{allocation}", "none")
            .replace("{order}", "ord_none")
        )
        for text in field.hostile():
            sent = json.dumps(field.holding(text))
            async with site.http.request(method, url, data=sent, headers=shown) as response:
                problem = await response.json(content_type=None)
            assert response.status == 422, (method, path, str(field), text[:20], problem)
            assert any(field.is_at(each["path"]) for each in problem["fields"]), (path, str(field), text[:20], problem)
        async with site.http.request(method, url, data=json.dumps(field.holding(LONE)), headers=shown) as response:
            assert response.status == 400


async def test_paths_and_queries_refuse_hostile_texts(site: Site, sale: Sale, organizer: Act) -> None:
    headers = await credentials(site, organizer)
    for method, path, where, name, schema in parameters():
        if where == "header":
            continue
        field = Field((name,), schema)
        for text in (*field.hostile(), UNDECODABLE):
            escaped = quote(text, safe="", errors="surrogateescape")
            made = path if where == "query" else path.replace(f"{{{name}}}", escaped)
            query = f"?{name}={escaped}" if where == "query" else ""
            url = URL(site.url + made.replace("{sale}", sale.id) + query, encoded=True)
            async with site.http.request(method, url, data=b"{}", headers=headers) as response:
                if text == UNDECODABLE and where == "query":
                    assert response.status < 500, (method, path, name)  # read as "%FF", which may be looked for
                    continue
                known = {403} if name in ("code", "approval", "account") else set()  # neither buyer nor member
                refused = REFUSED | known
                assert response.status in refused, (method, path, name, text[:20], await response.text())
                if response.status == 422 and where == "query":
                    assert name in {each["path"] for each in (await response.json(content_type=None))["fields"]}


async def test_addresses_of_pages_name_nothing_hostile(site: Site, sale: Sale) -> None:
    for before, after in (
        ("/s/", ""),
        ("/s/", "/event.ics"),
        ("/o/", "/receipt.pdf"),
        ("/n/", ""),
        ("/office/sales/", ""),
        ("/office/settings/", ""),
    ):
        for text in (*HOSTILE.values(), UNDECODABLE):
            url = URL(f"{site.url}{before}{quote(text, safe='', errors='surrogateescape')}{after}", encoded=True)
            async with site.http.get(url) as response:
                assert response.status in REFUSED, (str(url), response.status)


HEADERS = (
    "Idempotency-Key",
    "Authorization",
    "Cookie",
    "Accept",
    "Accept-Language",
    "If-None-Match",
    "X-Forwarded-For",
)


async def test_headers_of_any_bytes_are_answered(site: Site, sale: Sale) -> None:
    """What a client library would not send."""
    buyer = await cookie(site)
    for name in HEADERS:
        for value in (
            b"a\x00b",
            b"a\x1bb",
            b"\xff\xfe",
            "a\u202eb".encode(),
            b"Bearer \xff",
            b"aforo_buyer=\xff",
            b"x" * 4_000,
        ):
            status = await raw(site, sale, {"Cookie": buyer, name: value})
            assert status in {*REFUSED, 201, 401}, (name, value[:20], status)
            if name == "Idempotency-Key":
                assert status in REFUSED, (value[:20], status)


async def cookie(site: Site) -> bytes:
    async with site.http.post(f"{site.url}/api/buyers") as response:
        return f"aforo_buyer={(await response.json())['buyer']}".encode()


async def raw(site: Site, sale: Sale, headers: Mapping[str, bytes]) -> int:
    url = URL(site.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    lines = [f"POST /api/sales/{sale.id}/places HTTP/1.1", f"Host: {url.host}", "Connection: close"]
    lines += ["Content-Type: application/json", "Content-Length: 2"]
    head = "\r\n".join(lines).encode() + b"".join(b"\r\n%s: %s" % (name.encode(), v) for name, v in headers.items())
    writer.write(head + b"\r\n\r\n{}")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return int(answer.split()[1])


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ('event: "Jazz\\u202Eevil"', "event"),
        ('event: "Jazz\\0"', "event"),
        ('event: "Jazz\\uD800"', ""),
        ('"ev\\uD800ent": Jazz', ""),
        ('pools: {"\\u200B": {capacity: 1, price: 1}}', "pools.\\u{200b}"),
        ('ticket_types: {"a\\u200Eb": Adult}', "ticket_types.a\\u{200e}b"),
    ],
)
async def test_escapes_of_yaml_are_read_by_the_same_rule(site: Site, organizer: Act, line: str, path: str) -> None:
    headers = {**await credentials(site, organizer), "Content-Type": "application/yaml"}
    async with site.http.post(f"{site.url}/api/sales", data=line.encode(), headers=headers) as response:
        problem = await response.json(content_type=None)
    assert response.status == 422, problem
    assert path in {each["path"] for each in problem["fields"]}
    assert all(each["line"] == 1 for each in problem["fields"] if each["path"] == path)


# ── sockets ──


@pytest.mark.parametrize("subprotocol", [wire.subprotocol for wire in WIRES])
async def test_asks_refuse_hostile_texts_by_the_name_of_the_field(site: Site, subprotocol: str) -> None:
    for do, field in asks():
        client = await site.socket(subprotocol)
        for number, text in enumerate(field.hostile()):
            message = {"id": number, "do": do, **field.holding(text)}
            await client.send(message)
            error = (await client.next())["error"]
            assert error["code"] == "invalid", (do, str(field), text[:20], error)
            assert any(field.is_at(each["path"]) for each in error["fields"]), (do, str(field), text[:20], error)
        await send_lone(client, {"id": 1, "do": do, **field.holding(LONE)})
        assert (await client.next())["error"]["code"] == "bad_message"
        await client.ws.close()


async def send_lone(client: Client, message: dict[str, Any]) -> None:
    if client.binary:
        await client.ws.send_bytes(msgpack.packb(message, unicode_errors="surrogatepass"))
    else:
        await client.ws.send_str(json.dumps(message))


# ── the last guard ──


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
async def test_what_postgres_cannot_keep_is_the_askers_mistake(db: asyncpg.Pool, text: str) -> None:
    with pytest.raises(RefusalError) as refused:
        await or_unavailable(db.fetchval("SELECT $1::text", text), "a test")
    assert refused.value.code is Code.INVALID
    with pytest.raises(RefusalError) as refused:
        await or_unavailable(db.fetchval("SELECT ('\"a\\u0000b\"'::jsonb) #>> '{}'"), "a test")
    assert refused.value.code is Code.INVALID
    with pytest.raises(asyncpg.DivisionByZeroError):
        await or_unavailable(db.fetchval("SELECT 1 / 0"), "a test")
