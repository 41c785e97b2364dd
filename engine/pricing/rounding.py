"""Rounding: half away from zero, once per line; and sums that are dealt out without a cent lost.

Pure, in integers alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.catalog.dues import PPM


def part(amount: int, ppm: int) -> int:
    """So many parts per million of an amount that is zero or more."""
    return (2 * amount * ppm + PPM) // (2 * PPM)


def part_inside(amount: int, ppm: int) -> int:
    """The tax that is in an amount already."""
    whole = PPM + ppm
    return (2 * amount * ppm + whole) // (2 * whole)


def dealt(amount: int, weights: Sequence[int]) -> list[int]:
    """An amount dealt out in proportion, what is left over by largest remainder, the first of equals first.

    Nobody is dealt more than their weight, as long as the amount is no more than all weights together.
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    shares = [amount * weight // whole for weight in weights]
    left = amount - sum(shares)
    if left:
        order = sorted(range(len(weights)), key=lambda at: (-(amount * weights[at] % whole), at))
        for at in order[:left]:
            shares[at] += 1
    return shares
