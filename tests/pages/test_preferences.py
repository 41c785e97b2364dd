"""The page of preferences: by the link of a letter, for whom it was signed, and by a POST alone."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from engine.access import ApiKeys
from engine.audit import BY_ITSELF, Act
from engine.engine import Engine
from engine.people import PersonChange, Reader
from engine.rights import Chosen
from engine.vault import Contact

CONFIRMED = "UPDATE profile SET email_vouched_by = 'owner', phone_vouched_by = 'owner' WHERE number = $1"
IN_SPANISH = {"Accept-Language": "es"}


@dataclass
class Letter:
    """What a letter's link leads to."""

    engine: Engine
    http: aiohttp.ClientSession
    organizer: str
    who: str

    @property
    def path(self) -> str:
        return f"/preferences/{self.engine.signer.reader_token(self.organizer, self.who)}"

    async def get(self, path: str = "", **more: Any) -> tuple[int, str]:
        async with self.http.get(path or self.path, **more) as answer:
            return answer.status, await answer.text()

    async def post(self, **form: str) -> tuple[int, str]:
        async with self.http.post(self.path, data=form) as answer:
            return answer.status, await answer.text()

    async def reader(self) -> Reader:
        reader = await self.engine.readers.find(self.organizer, self.who)
        assert reader is not None
        return reader

    async def wants(self) -> set[str]:
        reader = await self.reader()
        return {channel for channel in reader.inboxes if reader.wants(channel)}

    async def consent(self) -> Any:
        return await self.engine.db.fetchrow(
            "SELECT consent, consent_wording, consent_source FROM relation WHERE organizer_id = $1 AND number = $2",
            self.organizer,
            int(self.who),
        )


@pytest.fixture
async def letter(engine: Engine, http: aiohttp.ClientSession, by: Act) -> Letter:
    """To somebody who asked for offers of anybody, and confirmed an address and a number."""
    name = secrets.token_hex(6)
    known = PersonChange(
        zone="America/Bogota", email=f"{name}@example.org", phone="+34600000000", consent=True, channels=["email"]
    )
    number = await engine.persons.put(name, known)
    await engine.db.execute(CONFIRMED, number)
    return Letter(engine, http, by.organizer_id, str(number))


@pytest.fixture
async def guests(engine: Engine, http: aiohttp.ClientSession, by: Act) -> Letter:
    """To somebody who bought as a guest, and never asked for anything."""
    contact = Contact("Ana Núñez", f"{secrets.token_hex(6)}@example.org", "+34600000001")
    async with engine.db.acquire() as connection:
        (person,) = await engine.vault.put(
            connection, [engine.vault.filed(contact, by.organizer_id, secrets.token_hex(6))]
        )
    return Letter(engine, http, by.organizer_id, person)


async def test_looking_changes_nothing_and_shows_no_address(letter: Letter) -> None:
    status, text = await letter.get(headers=IN_SPANISH)
    assert status == 200
    assert "Lo que recibes de Ópera de Oviedo" in text
    assert text.count(" checked") == 2
    assert "…@example.org" in text
    assert "600000000" not in text
    assert 'value="America/Bogota"' in text
    assert (
        await letter.engine.db.fetchval("SELECT count(*) FROM preference WHERE organizer_id = $1", letter.organizer)
        == 0
    )
    assert await letter.consent() is None


async def test_a_channel_less_and_a_quiet_night(letter: Letter) -> None:
    status, text = await letter.post(email="on", since="22", until="7", zone="America/Bogota")
    assert status == 200
    assert "Saved." in text
    assert await letter.wants() == {"email"}
    quiet = (await letter.reader()).quiet
    assert quiet is not None
    assert (quiet.since, quiet.until, quiet.zone) == (22 * 60, 7 * 60, "America/Bogota")
    assert await letter.consent() is None, "they go on being told"
    await letter.post(email="on", sms="on")
    assert await letter.wants() == {"email", "sms"}
    assert (await letter.reader()).quiet is None


async def test_no_and_yes_are_said_to_this_organizer_with_their_words(letter: Letter, engine: Engine) -> None:
    await letter.post()
    assert await letter.wants() == set()
    assert tuple(await letter.consent()) == (False, None, "person")
    another = await ApiKeys(engine.db).create_organizer("Teatro")
    assert await Letter(engine, letter.http, another, letter.who).wants() == {"email", "sms"}
    await letter.post(sms="on")
    said = await letter.consent()
    assert (said["consent"], said["consent_source"]) == (True, "person")
    assert said["consent_wording"] == "Tell me about offers of Ópera de Oviedo near me, once a day at most."
    assert await letter.wants() == {"sms"}


@pytest.mark.parametrize(
    "form",
    [
        {"since": "22"},
        {"until": "7"},
        {"since": "7", "until": "7", "zone": "UTC"},
        {"since": "24", "until": "7", "zone": "UTC"},
        {"since": "-1", "until": "7", "zone": "UTC"},
        {"since": "٣", "until": "7", "zone": "UTC"},
        {"since": "22", "until": "7", "zone": ""},
        {"since": "22", "until": "7", "zone": "../../etc/passwd"},
        {"since": "22", "until": "7", "zone": "Europe/Madrid\x00"},
    ],
)
async def test_what_can_not_be_is_told_and_changes_nothing(letter: Letter, form: dict[str, str]) -> None:
    status, text = await letter.post(**form)
    if form["since" if "since" in form else "until"] == "٣":
        assert status == 200, "an hour in other digits is an hour"
        return
    assert status == 422
    assert 'role="alert"' in text
    assert await letter.wants() == {"email", "sms"}


async def test_an_address_that_was_stopped_stays_so(letter: Letter, engine: Engine) -> None:
    address = (await engine.persons.addresses([int(letter.who)], letter.organizer))[int(letter.who)]["email"]
    await engine.suppression.silence("email", address, "unsubscribed")
    _, text = await letter.get()
    assert "You stopped offers at this address." in text
    await letter.post(email="on", sms="on", push="on")
    assert await letter.wants() == {"sms"}


async def test_a_guest_says_no_before_anything_comes(guests: Letter) -> None:
    _, text = await guests.get()
    assert "You have not asked Ópera de Oviedo for offers" in text
    assert 'type="checkbox"' not in text
    _, text = await guests.post(email="on")
    assert "<button>" not in text
    assert (await guests.reader()).has_said_no


async def test_who_typed_anothers_address_says_nothing_for_it(letter: Letter, engine: Engine) -> None:
    """Neither by the link of an offer that comes into a browser, nor by that of a letter to themselves."""
    victim = await letter.reader()
    address = (await engine.persons.addresses([int(letter.who)], letter.organizer))[int(letter.who)]["email"]
    liar = secrets.token_hex(6)
    known = PersonChange(zone="UTC", email=address, phone="+34600000000", consent=True)
    number = await engine.persons.put(liar, known)
    await engine.persons.subscribe_push(liar, "https://push.example/1", "p256dh", "auth")
    by_push = Letter(engine, letter.http, letter.organizer, str(number))
    assert set((await by_push.reader()).inboxes) == {"push"}
    await by_push.post()
    bought = Contact("Liar", f"{liar}@example.org", "+34600000000")
    async with engine.db.acquire() as connection:
        (person,) = await engine.vault.put(connection, [engine.vault.filed(bought, letter.organizer, liar)])
    by_letter = Letter(engine, letter.http, letter.organizer, person)
    reader = await by_letter.reader()
    assert (set(reader.inboxes), reader.number) == ({"email"}, None)
    await by_letter.post()
    assert await letter.reader() == victim
    assert await letter.wants() == {"email", "sms"}


async def test_whose_letter_came_to_the_address_of_their_profile_chooses_for_it(letter: Letter, engine: Engine) -> None:
    buyer = await engine.db.fetchval("SELECT buyer_id FROM profile WHERE number = $1", int(letter.who))
    address = (await engine.persons.addresses([int(letter.who)], letter.organizer))[int(letter.who)]["email"]
    for email, is_theirs in ((address.upper(), True), (f"friend-{address}", False)):
        async with engine.db.acquire() as connection:
            filed = engine.vault.filed(Contact("Ana", email), letter.organizer, buyer)
            (person,) = await engine.vault.put(connection, [filed])
        reader = await Letter(engine, letter.http, letter.organizer, person).reader()
        assert (reader.number == int(letter.who)) is is_theirs
        assert set(reader.inboxes) == ({"email", "sms"} if is_theirs else {"email"})


async def test_links_of_nobody(letter: Letter, guests: Letter, engine: Engine) -> None:
    token = letter.path.rpartition("/")[2]
    who, organizer, *rest = token.split(".")
    another = await ApiKeys(engine.db).create_organizer("Teatro")
    for forged in (
        ".".join((str(int(who) + 1), organizer, *rest)),
        ".".join((who, another, *rest)),
        token[:-2] + ("AA" if not token.endswith("AA") else "BB"),
    ):
        assert (await letter.get(f"/preferences/{forged}"))[0] == 404
    stolen = Letter(engine, letter.http, another, guests.who)
    assert (await stolen.get())[0] == 404, "a person is one organizer's"
    await engine.erasing.erase(BY_ITSELF, Chosen([guests.who]))
    status, text = await guests.get()
    assert status == 404
    assert "nobody we know any more" in text
    assert (await guests.post(email="on"))[0] == 404
