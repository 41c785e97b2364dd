"""Sealed texts: only who has the secret reads them, and only as what they were sealed for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.access import Sealer, is_sealed
from engine.access.sealing import STEP_BYTES
from engine.keyring import Keyring

SEALER = Sealer(Keyring.of_secret(b"a secret of the installation, 32"))
OTHER = Sealer(Keyring.of_secret(b"another installation's secret 32"))


@given(st.text(max_size=128), st.text(max_size=40))
def test_what_was_sealed_can_be_read_again(text: str, belongs_to: str) -> None:
    sealed = SEALER.seal(text, belongs_to)
    assert is_sealed(sealed)
    assert SEALER.unseal(sealed, belongs_to) == text
    assert SEALER.unseal(sealed, belongs_to + "x") is None
    assert OTHER.unseal(sealed, belongs_to) is None


@given(st.data())
def test_no_changed_character_passes(data: st.DataObject) -> None:
    sealed = SEALER.seal("tres tristes tigres", "jazz|cart_1")
    at = data.draw(st.integers(len("sealed:"), len(sealed) - 1))
    other = data.draw(st.characters(min_codepoint=33, max_codepoint=126).filter(lambda c: c != sealed[at]))
    changed = sealed[:at] + other + sealed[at + 1 :]
    assert SEALER.unseal(changed, "jazz|cart_1") in (None, "tres tristes tigres")
    assert SEALER.unseal(sealed[:at], "jazz|cart_1") is None


@pytest.mark.parametrize(
    "text", ["", "sealed:", "sealed:AAAA", "sealed:ñ", "$argon2id$v=19$m=19456", "sealed:" + "A" * 90]
)
def test_other_texts_are_read_as_nothing(text: str) -> None:
    assert SEALER.unseal(text, "jazz|cart_1") is None


def test_a_sealed_text_tells_neither_its_length_nor_its_likes() -> None:
    short, long = SEALER.seal("tres", "jazz|cart_1"), SEALER.seal("x" * (STEP_BYTES - 2), "jazz|cart_1")
    assert len(short) == len(long)
    assert SEALER.seal("tres", "jazz|cart_1") != short
