"""The draw: a permutation for every size, and the same for everybody."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.onsale.draw import commit_of, draw_of, effective_seed, next_digest, place_of

SECRET = bytes(range(32))


@given(st.binary(min_size=1, max_size=32), st.integers(1, 400), st.text("0123456789abcdef", max_size=40))
def test_every_draw_is_a_permutation(secret: bytes, places: int, digest: str) -> None:
    draw = draw_of(secret, places, digest)
    assert sorted(draw.place_of(number) for number in range(places)) == list(range(places))


def test_latecomers_keep_their_number() -> None:
    draw = draw_of(SECRET, 10, "")
    assert [draw.place_of(number) for number in (10, 11, 1_000_000)] == [10, 11, 1_000_000]
    assert draw_of(SECRET, 0, "").place_of(0) == 0


@pytest.mark.parametrize("number", [-1, 5, 6])
def test_only_numbers_of_the_lobby_are_drawn(number: int) -> None:
    with pytest.raises(ValueError, match="is not one of 5"):
        place_of(SECRET, 5, number)


@pytest.mark.parametrize("places", [2, 3, 4, 7])
def test_every_number_has_the_same_chance_of_every_place(places: int) -> None:
    draws = 4_000
    seen = Counter(
        (number, draw_of(index.to_bytes(4, "big"), places, "").place_of(number))
        for index in range(draws)
        for number in range(places)
    )
    expected = draws / places
    # Six standard deviations; the seeds are fixed, so this is the same in every run.
    margin = 6 * (expected * (1 - 1 / places)) ** 0.5
    assert all(abs(seen[number, place] - expected) < margin for number in range(places) for place in range(places))


def test_the_outcome_hangs_on_secret_size_and_roster() -> None:
    seeds = {effective_seed(secret, n, digest) for secret in (b"a", b"b") for n in (5, 6) for digest in ("", "00")}
    assert len(seeds) == 8


def test_vectors_of_the_documentation() -> None:
    digest = next_digest(next_digest(next_digest("", "buyer-number-one"), "buyer-number-two"), "buyer-number-3..")
    assert commit_of(SECRET) == "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd"
    assert digest == "226e13b68c2998e38307935926365024c47a9f4a"
    assert effective_seed(SECRET, 3, digest).hex() == "26b9841094de62e3e7bca5c7dc2856c5aeebacfc3db15a38b9408a59667cc72c"
    assert [draw_of(SECRET, 3, digest).place_of(number) for number in range(3)] == [0, 1, 2]
    assert [draw_of(SECRET, 1000, "").place_of(number) for number in (0, 1, 2, 3, 999)] == [593, 807, 717, 112, 135]


def test_the_documentation_shows_these_vectors() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "draw.md").read_text(encoding="utf-8")
    digest = next_digest(next_digest(next_digest("", "buyer-number-one"), "buyer-number-two"), "buyer-number-3..")
    shown = (commit_of(SECRET), digest, effective_seed(SECRET, 3, digest).hex(), effective_seed(SECRET, 1000, "").hex())
    assert all(f"`{value}`" in page for value in shown)
    places = ", ".join(str(draw_of(SECRET, 1000, "").place_of(number)) for number in (0, 1, 2, 3, 999))
    assert f"places {places} |" in page
