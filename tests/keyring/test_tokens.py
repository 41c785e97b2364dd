"""What is signed and sealed, across rotations and across the step that contracts; and what strangers make of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.access import Challenges, KeptAnswers, Sealer, SignedTicket, Signer, ticket_of
from engine.audit import Audit, HeadKeys
from engine.contacts import ContactSigner
from engine.ids import TOKEN, new_buyer
from engine.keyring import (
    ANSWERS,
    BUYERS,
    CHALLENGES,
    HEADS,
    LINKS,
    PASSES,
    PLACES,
    SEALS,
    TICKETS,
    Keyring,
    KeyringStore,
    Purpose,
)
from engine.keyring.acts import retire
from engine.limits import BUYER_TOKEN_DAYS, TOKEN_CHARS_MAX
from engine.refusals import RefusalError
from tests.access.test_challenges import solved
from tests.audit.conftest import act
from tests.keyring.conftest import BY, SECRET, open_keys, rotated

DAY_S = 86_400
BUYER, SALE = "b" * 16, "jazz"
OLD, NEW = Signer(Keyring.of_secret(SECRET, names_keys=False)), Signer(Keyring.of_secret(SECRET))
TICKET = SignedTicket(SALE, "tkt_1", "seat:12")
# As the release before the keyring made them of this secret.
OLD_TICKET = (
    "A1.jazz.tkt_1.seat:12.DdAovEIDwqP2HGuIucNWLiQtzG8YoZo2v5fN7aSP44maPxFPCo4d6-4ToBqMYxAR8hhMIk53IttYZCup2gWdAA"
)
OLD_SEALED = (
    "sealed:je6yuymDIjfwaNZMvC3Tz85jfJzhO_cc8DSTRga7YvG4YwiqtSMXyoAZQ3Wiw7E7dwKoSMGIc"
    "QPYdQdWQzf6E5yWVPBdsMyq9XhWRdylIxOVMe4IVqfGZCNQeo8="
)


FORMS = {"old-new": (OLD, NEW), "new-old": (NEW, OLD), "old": (OLD, OLD), "new": (NEW, NEW)}


@pytest.mark.parametrize(("issues", "reads"), FORMS.values(), ids=FORMS)
def test_either_form_is_read_by_whoever_knows_both(issues: Signer, reads: Signer) -> None:
    assert reads.buyer_of(issues.buyer_token(BUYER)) == BUYER
    assert reads.place_number(issues.place_token(SALE, 7, BUYER), SALE, BUYER) == 7
    assert reads.notice_of(issues.notice_token("2026-05-04", 3)) == (3, "2026-05-04")
    assert reads.pass_opens(issues.pass_token("ABCD", 2_000_000_000), "ABCD", 1_999_999_999)
    assert not reads.pass_opens(issues.pass_token("ABCD", 2_000_000_000), "ABCD", 2_000_000_000)
    assert ticket_of(issues.ticket_payload(TICKET), reads.ticket_public_keys()) == TICKET


def test_the_old_form_is_byte_for_byte_what_the_release_before_issued() -> None:
    assert OLD.buyer_token(BUYER) == "bbbbbbbbbbbbbbbb.dTAgL-duX4mcMMBILjG3MA"
    assert OLD.place_token(SALE, 7, BUYER) == "7.6GO_VY314zV5VNFhflUo9Q"
    assert OLD.pass_token("ABCD", 2_000_000_000) == "2000000000.IWx_0wElDp3jXLtghpT0uA"
    assert OLD.notice_token("2026-05-04", 3) == "3.2026-05-04.X9-_67kgjfCm6ClVAaWaeA"
    assert OLD.order_id(SALE, BUYER, "one") == NEW.order_id(SALE, BUYER, "one") == "ord_B7Sfx26Q3dTGTXw0"
    assert OLD.entry_code_mark("Norte 1") == NEW.entry_code_mark("norte1") == "uuLCOfYSX9KZTTtKHSJhmg"
    assert OLD.ticket_payload(TICKET) == OLD_TICKET
    contacts = ContactSigner(Keyring.of_secret(SECRET, names_keys=False))
    at = datetime.fromisoformat("2026-05-01T00:00:00Z")
    assert contacts.token("prf_x", at) == "prf_x.D8YiFd1d3NMlorNrGwgCDg"
    assert contacts.code("prf_x", at) == "777551"
    assert contacts.inbox("email", "ana@example.org").hex() == "25e34c107d4cf47612ad3afe26567b61"
    assert Sealer(Keyring.of_secret(SECRET)).unseal(OLD_SEALED, "jazz|cart_1") == "tres tristes tigres"
    assert not Sealer(Keyring.of_secret(SECRET, names_keys=False)).prefix.endswith("1:")


def test_tokens_are_ones_that_the_wire_takes() -> None:
    for token in (NEW.buyer_token(BUYER), NEW.place_token(SALE, 10**14, BUYER), NEW.notice_token("2026-05-04", 10**9)):
        assert TOKEN.fullmatch(token)
        assert len(token) < TOKEN_CHARS_MAX / 2


def test_a_token_says_the_same_all_day_and_ends() -> None:
    keyring, now = Keyring.of_secret(SECRET), [DAY_S * 20_000.0]
    signer = Signer(keyring, lambda: now[0])
    buyer, place = signer.buyer_token(BUYER), signer.place_token(SALE, 7, BUYER)
    now[0] += DAY_S - 1
    assert (signer.buyer_token(BUYER), signer.place_token(SALE, 7, BUYER)) == (buyer, place)
    now[0] = DAY_S * (20_000 + BUYER_TOKEN_DAYS) - 1
    assert signer.buyer_of(buyer) == BUYER
    assert signer.place_number(place, SALE, BUYER) == 7
    now[0] += 1
    assert signer.buyer_of(buyer) is None
    assert signer.place_number(place, SALE, BUYER) is None


def test_a_buyer_token_is_renewed_past_its_half() -> None:
    now = [DAY_S * 20_000.0]
    signer = Signer(Keyring.of_secret(SECRET), lambda: now[0])
    token = signer.buyer_token(BUYER)
    now[0] += DAY_S * BUYER_TOKEN_DAYS / 2 - 1
    assert signer.renewed(token, BUYER) == token
    now[0] += 1
    renewed = signer.renewed(token, BUYER)
    assert renewed != token
    now[0] += DAY_S * BUYER_TOKEN_DAYS - DAY_S - 1
    assert (signer.buyer_of(renewed), signer.buyer_of(token)) == (BUYER, None)
    assert signer.renewed(OLD.buyer_token(BUYER), BUYER) == signer.buyer_token(BUYER)
    assert OLD.renewed(OLD.buyer_token(BUYER), BUYER) == OLD.buyer_token(BUYER)


def test_a_token_is_the_same_all_day_and_another_after_midnight() -> None:
    now = DAY_S * 20_000.0
    signer = Signer(Keyring.of_secret(SECRET), lambda: now)
    morning, place = signer.buyer_token(BUYER), signer.place_token(SALE, 7, BUYER)
    now += DAY_S - 1
    assert (signer.buyer_token(BUYER), signer.place_token(SALE, 7, BUYER)) == (morning, place)
    now += 1
    tomorrow = signer.buyer_token(BUYER)
    assert tomorrow.split(".")[2:4] == [str(DAY_S * 20_001), str(DAY_S * (20_001 + BUYER_TOKEN_DAYS))]
    assert signer.buyer_of(morning) == signer.buyer_of(tomorrow) == BUYER


@pytest.mark.parametrize("ahead_s", [-30, 30])
def test_clocks_that_differ_by_seconds_do_no_harm(ahead_s: int) -> None:
    keyring, now = Keyring.of_secret(SECRET), DAY_S * 20_000.0 + 5
    one, other = Signer(keyring, lambda: now), Signer(keyring, lambda: now + ahead_s)
    assert other.buyer_of(one.buyer_token(BUYER)) == BUYER
    assert one.place_number(other.place_token(SALE, 7, BUYER), SALE, BUYER) == 7


def forged() -> list[str]:
    """What a stranger makes of a good token: another key, another end, another issue, no key at all."""
    head, key, issued, until, signature = NEW.buyer_token(BUYER).split(".")
    first = OLD.buyer_token(BUYER).split(".")[1]
    return [
        *(f"{head}.{other}.{issued}.{until}.{signature}" for other in ("0", "2", "01", "none", "", "-1", "99999", "٢")),
        f"{head}.{key}.{issued}.99999999999.{signature}",
        f"{head}.{key}.0.{until}.{signature}",
        f"{head}.{key}.{issued}.{until}.{first}",
        f"{head}.{signature}",
        f"{head}.{key}.{signature}",
        f"{head}.{key}.{issued}.{until}.",
        f"{head}.{key}.{issued}.{until}.{signature}.{signature}",
        f"{head}.{key}.{issued}.{until}.{signature}" + "A" * TOKEN_CHARS_MAX,
        f"{'c' * 16}.{key}.{issued}.{until}.{signature}",
        f"{BUYER}.{NEW.place_token(SALE, 1, BUYER).partition('.')[2]}",
        f"{BUYER}.{NEW.pass_token('ABCD', 2_000_000_000).partition('.')[2]}",
        "2|1.0.99999999999|" + BUYER,
        "." * 200,
    ]


@pytest.mark.parametrize("signer", [NEW, OLD], ids=["new", "old"])
def test_no_forged_token_passes(signer: Signer) -> None:
    for token in forged():
        assert signer.buyer_of(token) is None, token
        assert signer.place_number(token, SALE, BUYER) is None, token
        assert signer.notice_of(token) is None, token
        assert not signer.pass_opens(token, "ABCD", 0), token


@given(st.lists(st.text("0123456789.|abcdefnoA_-", max_size=40), min_size=1, max_size=7))
def test_no_text_with_dots_passes(parts: list[str]) -> None:
    token = ".".join(parts)
    assert NEW.buyer_of(token) is None
    assert NEW.place_number(token, SALE, BUYER) is None
    assert NEW.notice_of(token) is None
    assert not NEW.pass_opens(token, "ABCD", 0)
    assert ContactSigner(Keyring.of_secret(SECRET)).proof_of(token) is None
    assert ticket_of(f"A2.{token}", NEW.ticket_public_keys()) is None


async def test_what_was_signed_before_two_rotations_counts_after_them(keys: KeyringStore, db: asyncpg.Pool) -> None:
    other = await open_keys(db)
    one, two = Signer(keys.keyring), Signer(other.keyring)
    shown = []
    for _ in range(3):
        payload = one.ticket_payload(TICKET)
        shown.append(
            (one.buyer_token(BUYER), one.place_token(SALE, 7, BUYER), one.notice_token("2026-05-04", 3), payload)
        )
        passed, order = one.pass_token("ABCD", 2_000_000_000), one.order_id(SALE, BUYER, "one")
        await rotated(keys, BUYERS, PLACES, TICKETS, LINKS, PASSES, others=[other])
        assert one.order_id(SALE, BUYER, "one") == order == NEW.order_id(SALE, BUYER, "one")
        assert two.pass_opens(passed, "ABCD", 1_000)
        for buyer, place, notice, ticket in shown:
            assert two.buyer_of(buyer) == BUYER
            assert two.place_number(place, SALE, BUYER) == 7
            assert two.notice_of(notice) == (3, "2026-05-04")
            assert ticket_of(ticket, two.ticket_public_keys()) == TICKET
    assert len(set(shown)) == 3
    assert two.renewed(shown[0][0], BUYER) == two.buyer_token(BUYER), "what another key signed is renewed at once"
    # What the release before gave counts, until its key goes.
    given = OLD.buyer_token(BUYER)
    assert two.buyer_of(given) == BUYER
    await retire(keys, "buyers", 1, BY, force=True)
    await other.look()
    assert [two.buyer_of(token) for token in (given, shown[0][0], shown[1][0])] == [None, None, BUYER]


async def test_a_letter_says_the_same_across_a_rotation(keys: KeyringStore, db: asyncpg.Pool) -> None:
    letters = ContactSigner(keys.keyring)
    asked_at = await db.fetchval("SELECT now()")
    link, code, inbox = (
        letters.token("prf_x", asked_at),
        letters.code("prf_x", asked_at),
        letters.inbox("email", "a@b.c"),
    )
    await rotated(keys, LINKS)
    assert (letters.token("prf_x", asked_at), letters.code("prf_x", asked_at)) == (link, code)
    assert letters.inbox("email", "a@b.c") == inbox
    later = asked_at + timedelta(days=1)
    assert letters.token("prf_x", later) != link
    assert letters.code("prf_y", later) != ContactSigner(Keyring.of_secret(SECRET)).code("prf_y", later)
    other = ContactSigner((await open_keys(db)).keyring)
    assert [other.proof_of(token) for token in (link, letters.token("prf_x", later))] == ["prf_x"] * 2
    assert other.code("prf_x", later) == letters.code("prf_x", later)


async def test_what_was_sealed_is_read_after_a_rotation(keys: KeyringStore) -> None:
    old = Sealer(Keyring.of_secret(SECRET, names_keys=False))
    sealer, texts = Sealer(keys.keyring), [old.seal("tres", "cart")]
    for _ in range(3):
        texts.append(sealer.seal("tres", "cart"))
        await rotated(keys, SEALS)
    assert [text.startswith(f"sealed:{number}:") for number, text in enumerate(texts)][1:] == [True] * 3
    assert [sealer.unseal(text, "cart") for text in texts] == ["tres"] * 4
    assert Sealer(keys.keyring, b"webhook").unseal(texts[1], "cart") is None
    assert sealer.unseal(texts[1].replace("sealed:1:", "sealed:2:"), "cart") is None
    assert sealer.unseal(texts[1].replace("sealed:1:", "sealed:none:"), "cart") is None
    await retire(keys, "seals", 1, BY, force=True)
    assert [sealer.unseal(text, "cart") for text in texts] == [None, None, "tres", "tres"]


async def test_a_repeat_after_a_rotation_is_the_same_request(keys: KeyringStore, db: asyncpg.Pool) -> None:
    answers = KeptAnswers(db, keys.keyring)
    assert await answers.begin("ana", "key", b"POST /x") is None
    await answers.keep("ana", "key", 201, b"made")
    await rotated(keys, ANSWERS)
    await rotated(keys, ANSWERS)
    kept = await answers.begin("ana", "key", b"POST /x")
    assert kept is not None
    assert kept.body == b"made"
    with pytest.raises(RefusalError, match="another request"):
        await answers.begin("ana", "key", b"POST /y")


async def test_a_challenge_asked_before_a_rotation_is_solved_after_it(keys: KeyringStore) -> None:
    challenges = Challenges(keys.keyring, ease=100)
    before = Challenges(Keyring.of_secret(SECRET, names_keys=False), ease=100)
    asked = [challenges.ask(SALE, BUYER, "open", 0.0), before.ask(SALE, BUYER, "open", 0.0)]
    await rotated(keys, CHALLENGES)
    asked.append(challenges.ask(SALE, BUYER, "open", 0.0))
    assert all(challenges.proof_of(solved(each), SALE, BUYER) is not None for each in asked)
    assert before.proof_of(solved(asked[2]), SALE, BUYER) is None
    asked[2]["parameters"]["data"]["key"] = "1"
    assert challenges.proof_of(solved(asked[2]), SALE, BUYER) is None


async def test_heads_signed_before_a_rotation_count_after_it(
    keys: KeyringStore, db: asyncpg.Pool, tmp_path: Path
) -> None:
    def audit_with(*older: str) -> Audit:
        return Audit(db, HeadKeys(lambda: [key.parts[0] for key in keys.keyring.of(HEADS).live()], older), tmp_path)

    audit = audit_with()
    await act(db, "org_one", "one")
    await audit.linker.step()
    assert await audit.heads.step() == 1
    first = audit.public_key
    await rotated(keys, HEADS)
    assert audit.public_key != first
    assert audit.public_keys == sorted([first, audit.public_key])
    await act(db, "org_other", "one")
    await audit.linker.step()
    assert await audit.heads.step() == 2, "the other organizer's, and the installation's with the rotation in it"
    checked = await audit.check()
    assert (checked.heads, checked.broken) == (3, ())
    await retire(keys, "heads", 1, BY, force=True)
    assert [each.text for each in (await audit.check()).broken] == ["no key that counts has signed it"]
    assert (await audit_with(first).check()).broken == ()


@pytest.mark.parametrize("purpose", [BUYERS, PLACES, TICKETS], ids=lambda purpose: purpose.name)
async def test_a_key_of_another_purpose_is_none(keys: KeyringStore, purpose: Purpose) -> None:
    """Key 2 of one purpose is not key 2 of another."""
    await rotated(keys, *{BUYERS, PLACES, TICKETS} - {purpose})
    signer = Signer(keys.keyring)
    parts = {key.parts for each in (BUYERS, PLACES, TICKETS) for key in keys.keyring.of(each).live()}
    assert len(parts) == 5
    place = signer.place_token(SALE, 7, BUYER)
    assert signer.buyer_of(f"{BUYER}.{place.partition('.')[2]}") is None
    assert signer.buyer_of(new_buyer() + place[1:]) is None
