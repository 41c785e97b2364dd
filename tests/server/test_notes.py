"""Notes about people over HTTP: by whom they may be read and written, what they may say; a repeat adds none."""

from __future__ import annotations

import io
from typing import Any

import pytest

from engine.access import KeyDraft, NewKey, Permission, Role
from engine.audit import Act
from engine.limits import NOTE_CHARS_MAX, NOTES_PER_PERSON_MAX
from engine.vault import Contact
from tests.server.conftest import Site, api

MORE = """
INSERT INTO person_note SELECT id || n, organizer_id, person_id, sealed, author_kind, author, written_at
FROM person_note, generate_series(1, $1) n
"""
TEXT = "Wheelchair user.\n\tRings before a visit"


@pytest.fixture
async def person(site: Site, organizer: Act) -> str:
    return await put(site, organizer.organizer_id)


async def put(site: Site, organizer: str) -> str:
    vault = site.engine.vault
    async with site.engine.db.acquire() as connection:
        (person,) = await vault.put(connection, [vault.filed(Contact("Ana"), organizer, None)])
    return person


async def scoped(site: Site, organizer: Act, *scopes: Permission) -> str:
    made = await site.engine.access.make(organizer, KeyDraft(scopes=frozenset(scopes)))
    assert isinstance(made, NewKey)
    return made.key


async def texts(site: Site, key: str, person: str) -> list[str]:
    return [each["text"] for each in (await api(site, f"GET /api/people/{person}/notes", key))["items"]]


async def test_who_may_read_and_who_may_write(site: Site, key: str, organizer: Act, person: str) -> None:
    notes = f"/api/people/{person}/notes"
    reads = await scoped(site, organizer, Permission.ORDER_PII)
    edits = await scoped(site, organizer, Permission.PEOPLE_EDIT, Permission.PEOPLE_READ)
    both = await scoped(site, organizer, Permission.PEOPLE_EDIT, Permission.ORDER_PII)
    for each in (reads, edits):
        await api(site, f"POST {notes}", each, {"text": TEXT}, 403)
    made = await api(site, f"POST {notes}", both, {"text": f"  {TEXT}\r\n"}, 201)
    assert set(made) == {"id"}, "an answer is kept for repeats, and says nothing of it"
    await api(site, f"GET {notes}", edits, status=403)
    (note,) = (await api(site, f"GET {notes}", reads))["items"]
    assert (note["id"], note["text"], note["author_kind"], note["author_name"]) == (made["id"], TEXT, "key", None)
    for each in (reads, edits):
        await api(site, f"DELETE {notes}/{made['id']}", each, status=403)
    await api(site, f"DELETE {notes}/{made['id']}", both, status=204)
    await api(site, f"DELETE {notes}/{made['id']}", both, status=404)
    assert await texts(site, key, person) == []
    rows = await site.engine.db.fetch("SELECT audit::text AS said FROM audit WHERE act LIKE 'note.%'")
    assert len(rows) == 4
    assert "Wheelchair" not in str(rows)


async def test_another_organizers_person_is_nobody(site: Site, key: str, person: str) -> None:
    neighbour = await site.engine.access.create_organizer("A neighbour")
    other = (await site.engine.access.create(neighbour)).key
    made = await api(site, f"POST /api/people/{person}/notes", key, {"text": TEXT}, 201)
    answers = set()
    for each in (person, "prs_nobody"):
        for method, path, body in (
            ("GET", "notes", None),
            ("POST", "notes", {"text": "Mine"}),
            ("DELETE", f"notes/{made['id']}", None),
        ):
            headers = {"Authorization": f"Bearer {other}"}
            url = f"{site.url}/api/people/{each}/{path}"
            async with site.http.request(method, url, json=body, headers=headers) as answer:
                said = await answer.json(content_type=None)
                answers.add((answer.status, said["code"], said["detail"]))
    assert len(answers) == 1, "nothing tells whether somebody else has them"
    assert next(iter(answers))[:2] == (404, "not_found")
    theirs = await put(site, neighbour)
    await api(site, f"DELETE /api/people/{theirs}/notes/{made['id']}", other, status=404)
    assert await texts(site, key, person) == [TEXT]


HIDDEN = ("a\x00b", "a\x07b", "abc\u202edef", "\u2067abc", "a\u200bb", "\ud800")


@pytest.mark.parametrize("text", ["", " \n ", "x" * (NOTE_CHARS_MAX + 1), *HIDDEN, None, 7, ["x"]], ids=repr)
async def test_what_is_no_text(site: Site, key: str, person: str, text: Any) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    async with site.http.post(f"{site.url}/api/people/{person}/notes", json={"text": text}, headers=headers) as answer:
        assert answer.status in (400, 422), await answer.text()
    assert await texts(site, key, person) == []


async def test_ten_megabytes_are_too_much_and_any_script_is_text(site: Site, key: str, person: str) -> None:
    notes = f"/api/people/{person}/notes"
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    huge = io.BytesIO(b'{"text": "' + b"x" * 10_000_000 + b'"}')
    async with site.http.post(f"{site.url}{notes}", data=huge, headers=headers) as answer:
        assert answer.status == 413, await answer.text()
    good = ["צריכה כיסא גלגלים", "كرسي متحرك\nVIP", "👩‍👩‍👧 <script>alert(1)</script>", "ñ" * NOTE_CHARS_MAX]
    for text in good:
        await api(site, f"POST {notes}", key, {"text": text}, 201)
    assert await texts(site, key, person) == good[::-1]


async def test_a_repeat_adds_none_and_so_does_one_too_many(site: Site, key: str, person: str) -> None:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "once"}
    url, said = f"{site.url}/api/people/{person}/notes", set()
    for _ in range(3):
        async with site.http.post(url, json={"text": TEXT}, headers=headers) as answer:
            assert answer.status == 201
            said.add(await answer.text())
    assert len(said) == 1
    assert await texts(site, key, person) == [TEXT]
    await site.engine.db.execute(MORE, NOTES_PER_PERSON_MAX - 1)
    await api(site, f"POST /api/people/{person}/notes", key, {"text": "One too many"}, 409)


async def test_members_are_named_to_who_may_see_them(site: Site, key: str, organizer: Act, person: str) -> None:
    accounts, notes = site.engine.accounts, f"{site.url}/api/people/{person}/notes"
    cookies = {}
    for role in (Role.MANAGER, Role.BOX_OFFICE, Role.MARKETING):
        async with site.engine.db.acquire() as connection, connection.transaction():
            account = await accounts.make(connection, f"{role.value}@example.org", name=f"Mei the {role.value}")
            assert account is not None
            await accounts.grants.add(connection, organizer, account, role)
            session = await accounts.sessions.begin(connection, account, stepped_up=True, second_factor=True)
        cookies[role] = {"Cookie": f"aforo_session={session.token}"}
    statuses = {}
    for role, headers in cookies.items():
        async with site.http.post(notes, json={"text": TEXT}, headers=headers) as answer:
            statuses[role] = answer.status
    assert statuses == {Role.MANAGER: 201, Role.BOX_OFFICE: 403, Role.MARKETING: 403}
    named = {}
    for role in (Role.MANAGER, Role.BOX_OFFICE):
        async with site.http.get(notes, headers=cookies[role]) as answer:
            (note,) = (await answer.json())["items"]
            named[role] = note["author_name"]
    assert named == {Role.MANAGER: "Mei the manager", Role.BOX_OFFICE: None}
