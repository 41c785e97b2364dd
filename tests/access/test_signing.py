"""Signatures: what was signed passes, everything else answers None."""

import hmac
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.access import SignedTicket, Signer, ticket_of
from engine.access.tokens import mac, text_of
from engine.ids import is_buyer, is_chosen_id, is_sale_id, new_buyer, new_id, new_sale_id
from engine.keyring import Keyring

SECRET = b"a secret of the installation, 32"
SIGNER = Signer(Keyring.of_secret(SECRET))
OTHER = Signer(Keyring.of_secret(b"another installation's secret 32"))


def test_a_buyer_token_names_its_buyer() -> None:
    buyer = new_buyer()
    assert SIGNER.buyer_of(SIGNER.buyer_token(buyer)) == buyer
    assert OTHER.buyer_of(SIGNER.buyer_token(buyer)) is None


@given(st.text(max_size=300))
def test_no_text_of_a_stranger_passes(text: str) -> None:
    assert SIGNER.buyer_of(text) is None
    assert SIGNER.place_number(text, "a-sale", "b" * 16) is None
    assert ticket_of(text, SIGNER.ticket_public_keys()) is None


@pytest.mark.parametrize("text", ["", "é", "1" * 3_000, "1", "1.2", "01.2026-05-04.x", "x.2026-05-04.y", "1.2.3.4.5.6"])
def test_no_likeness_passes(text: str) -> None:
    buyer, keys = new_buyer(), SIGNER.ticket_public_keys()
    assert SIGNER.buyer_of(text) is None
    assert SIGNER.buyer_of(f"{buyer}.{text}") is None
    assert SIGNER.place_number(text, "a-sale", buyer) is None
    assert SIGNER.notice_of(text) is None
    assert not SIGNER.pass_opens(text, "ABCD-EFGH", 0)
    for prefix in ("A0", "A1", "A2", "A2.1", "A2.99"):
        for facts in (text, f"a-sale.tkt.{text}", f"a-sale.tkt.seat:1.{text}", f"NO SALE.tkt.seat:1.{text}"):
            assert ticket_of(f"{prefix}.{facts}", keys) is None


@given(st.data())
def test_no_changed_character_passes(data: st.DataObject) -> None:
    token = SIGNER.buyer_token(new_buyer())
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(min_codepoint=33, max_codepoint=126).filter(lambda c: c != token[at]))
    assert SIGNER.buyer_of(token[:at] + other + token[at + 1 :]) is None


def test_a_place_counts_for_its_sale_and_buyer_alone() -> None:
    token = SIGNER.place_token("a-sale", 41, "b" * 16)
    assert SIGNER.place_number(token, "a-sale", "b" * 16) == 41
    assert SIGNER.place_number(token, "b-sale", "b" * 16) is None
    assert SIGNER.place_number(token, "a-sale", "c" * 16) is None
    assert SIGNER.place_number("40" + token[2:], "a-sale", "b" * 16) is None
    assert SIGNER.place_number("041" + token[2:], "a-sale", "b" * 16) is None


def test_a_signature_for_one_purpose_is_none_for_another() -> None:
    buyer = new_buyer()
    assert SIGNER.place_number(SIGNER.buyer_token(buyer), "a-sale", buyer) is None
    assert SIGNER.buyer_of(f"{buyer}.{SIGNER.place_token('a-sale', 1, buyer).split('.')[1]}") is None


def test_an_order_id_is_the_same_for_the_same_ask_only() -> None:
    one = SIGNER.order_id("a-sale", "b" * 16, "first")
    assert one == SIGNER.order_id("a-sale", "b" * 16, "first")
    others = {
        SIGNER.order_id("b-sale", "b" * 16, "first"),
        SIGNER.order_id("a-sale", "c" * 16, "first"),
        SIGNER.order_id("a-sale", "b" * 16, "second"),
        OTHER.order_id("a-sale", "b" * 16, "first"),
    }
    assert len(others) == 4
    assert one not in others


def test_a_pass_opens_one_order_for_a_while() -> None:
    token = SIGNER.pass_token("ABCD-EFGH", 1_000)
    assert SIGNER.pass_opens(token, "ABCD-EFGH", 999)
    assert not SIGNER.pass_opens(token, "ABCD-EFGH", 1_000)
    assert not SIGNER.pass_opens(token, "ABCD-EFGJ", 999)
    assert not SIGNER.pass_opens(token.replace("1000", "2000"), "ABCD-EFGH", 999)
    assert not any(SIGNER.pass_opens(text, "ABCD-EFGH", 999) for text in ("", ".", "1000.", "x.y", "²." + token[5:]))


def test_a_gate_reads_tickets_with_the_public_key() -> None:
    ticket = SignedTicket("a-sale", new_id("tkt"), "seat:12")
    payload = SIGNER.ticket_payload(ticket)
    assert ticket_of(payload, SIGNER.ticket_public_keys()) == ticket
    assert ticket_of(payload, OTHER.ticket_public_keys()) is None
    assert ticket_of(payload.replace("seat:12", "seat:13"), SIGNER.ticket_public_keys()) is None


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        Signer(Keyring.of_secret(b"short"))


def test_ids_look_as_documented() -> None:
    assert is_sale_id(new_sale_id())
    assert is_buyer(new_buyer())
    assert len(new_id("ord")) == 20
    assert is_chosen_id("h-1")
    for bad in ("", "a b", "é", "a" * 65, "a\n"):
        assert not is_chosen_id(bad)
    for bad in ("", "-ab", "Ab1", "ab", "a" * 41, "abc\n"):
        assert not is_sale_id(bad)


@given(key=st.binary(max_size=200), said=st.binary(max_size=200))
def test_the_mac_is_that_of_the_standard_library(key: bytes, said: bytes) -> None:
    assert mac(key, said) == hmac.digest(key, said, "sha256")
    assert text_of(key) == urlsafe_b64encode(key).decode().rstrip("=")
