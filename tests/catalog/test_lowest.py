"""What "from" says: what a ticket costs who chooses no concession, and the least of all beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.views import Lowest, lowest, standard_type

TYPES = ("general", "joven", "mayor")
Prices = dict[str, dict[str, int]]


@pytest.mark.parametrize(
    ("prices", "found"),
    [
        ({}, Lowest(None, None)),
        ({"platea": {}}, Lowest(None, None)),
        ({"platea": {"general": 2200}}, Lowest(2200, None)),
        ({"paraiso": {"joven": 1100, "general": 2200}, "platea": {"joven": 4200, "general": 8400}}, Lowest(2200, 1100)),
        ({"paraiso": {"mayor": 1500, "joven": 1100}}, Lowest(1100, None)),  # no general: the first in order is standard
        ({"platea": {"general": 8400, "joven": 4200}, "pista": {"general": 3000}}, Lowest(3000, None)),
        ({"platea": {"general": 0, "joven": 0}}, Lowest(0, None)),
        ({"platea": {"general": 500, "joven": 0}}, Lowest(500, 0)),
        ({"platea": {"general": 3000, "vip": 9000}}, Lowest(3000, None)),  # a dearer type is no concession
    ],
)
def test_the_lowest_prices(prices: Prices, found: Lowest) -> None:
    assert lowest(prices, TYPES) == found


PLACES = st.dictionaries(
    st.sampled_from(["platea", "palco", "pista"]),
    st.dictionaries(st.sampled_from([*TYPES, "vip"]), st.integers(0, 20), min_size=1),
    min_size=1,
)


@given(prices=PLACES, types=st.permutations(TYPES))
def test_somebody_pays_each_of_them_and_nobody_less(prices: Prices, types: list[str]) -> None:
    found = lowest(prices, types)
    amounts = [amount for place in prices.values() for amount in place.values()]
    assert found.standard in [place[standard_type(place, types)] for place in prices.values()]
    assert min(amounts) == (found.standard if found.concession is None else found.concession)
    assert found.concession is None or (found.standard is not None and found.concession < found.standard)
