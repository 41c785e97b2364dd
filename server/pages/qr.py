"""QR codes by the hundred: byte mode, level M, one mask, versions 1 to 15.

Pure. A code is the sum of what each half byte of its words adds to it, and that is looked up: a fiftieth of the time
that segno takes. Which mask suits a text best is not looked for, since any is read. Fails with ValueError for a text
that is too long, or not ASCII.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import segno

MASK = 3
QUIET_MODULES = 4
GF = 0x11D  # the field of the error correction
LONG_FROM = 10  # the version that counts its bytes in two
BYTE_MODE, PADS = 0b0100, (0xEC, 0x11)
# By version from 1 on, at level M: bytes of correction of a block, and bytes of data of each block.
BLOCKS: tuple[tuple[int, tuple[int, ...]], ...] = (
    (10, (16,)),
    (16, (28,)),
    (26, (44,)),
    (18, (32,) * 2),
    (24, (43,) * 2),
    (16, (27,) * 4),
    (18, (31,) * 4),
    (22, (38,) * 2 + (39,) * 2),
    (22, (36,) * 3 + (37,) * 2),
    (26, (43,) * 4 + (44,)),
    (30, (50,) + (51,) * 4),
    (22, (36,) * 6 + (37,) * 2),
    (22, (37,) * 8 + (38,)),
    (24, (40,) * 4 + (41,) * 5),
    (24, (41,) * 5 + (42,) * 5),
)
# By version from 2 on: rows and columns of the small squares.
CENTRES: tuple[tuple[int, ...], ...] = (
    *((6, 4 * version + 10) for version in range(2, 7)),
    *((6, 2 * version + 8, 4 * version + 10) for version in range(7, 14)),
    (6, 26, 46, 66),
    (6, 26, 48, 70),
)


@dataclass(frozen=True, slots=True)
class Form:
    """What codes of a version have in common. Bits of a drawing count from its upper left corner, row by row."""

    version: int
    size: int
    base: int  # the drawing without data
    adds: tuple[tuple[int, ...], ...]  # for each half byte of all: what each value adds to the drawing

    def drawing(self, words: bytes) -> int:
        drawn = self.base
        for at, word in enumerate(words):
            drawn ^= self.adds[2 * at][word >> 4] ^ self.adds[2 * at + 1][word & 15]
        return drawn


def rows(text: str) -> list[str]:
    """The code, a row of 0 and 1 each; without the quiet zone."""
    data = text.encode("ascii")
    form = form_of(version_for(len(data)))
    drawn = f"{form.drawing(codewords(data, form.version)):0{form.size**2}b}"
    return [drawn[at : at + form.size] for at in range(0, form.size**2, form.size)]


def room_of(version: int) -> int:
    """How many bytes a code of this version holds."""
    return sum(BLOCKS[version - 1][1]) - (2 if version < LONG_FROM else 3)


def version_for(length: int) -> int:
    for version in range(1, len(BLOCKS) + 1):
        if length <= room_of(version):
            return version
    raise ValueError(f"{length} bytes are too many for a code")


def codewords(data: bytes, version: int) -> bytes:
    """Data and correction as they are placed, blocks in turn."""
    correction, sizes = BLOCKS[version - 1]
    room, count_bits = sum(sizes), 8 if version < LONG_FROM else 16
    head = (BYTE_MODE << count_bits | len(data)) << 8 * len(data) | int.from_bytes(data)
    filled = (head << 4).to_bytes((4 + count_bits + 8 * len(data) + 4) // 8)
    filled = (filled + bytes(PADS) * room)[:room]
    blocks, at = [], 0
    for size in sizes:
        blocks.append(filled[at : at + size])
        at += size
    checks = [check_of(block, correction) for block in blocks]
    longest = max(sizes)
    words = [block[nth] for nth in range(longest) for block in blocks if nth < len(block)]
    return bytes(words + [check[nth] for nth in range(correction) for check in checks])


def check_of(block: bytes, length: int) -> bytes:
    """The Reed-Solomon remainder."""
    table, top, rest = steps(length), 8 * (length - 1), (1 << 8 * length) - 1
    left = 0
    for byte in block:
        left = (left << 8 & rest) ^ table[byte ^ left >> top]
    return left.to_bytes(length)


@cache
def steps(length: int) -> tuple[int, ...]:
    """Each multiple of the generator polynomial, without its first byte."""
    generator = [1]
    for power in range(length):
        root = 1
        for _ in range(power):
            root = times(root, 2)
        shifted, scaled = [*generator, 0], [0, *(times(each, root) for each in generator)]
        generator = [one ^ other for one, other in zip(shifted, scaled, strict=True)]
    return tuple(int.from_bytes(bytes(times(each, factor) for each in generator[1:])) for factor in range(256))


def times(one: int, other: int) -> int:
    product = 0
    while other:
        if other & 1:
            product ^= one
        one = one << 1 ^ (GF if one & 0x80 else 0)
        other >>= 1
    return product


@cache
def form_of(version: int) -> Form:
    size = 4 * version + 17
    bits = [1 << size * size - 1 - (row * size + column) for row, column in places(version)]
    words = sum(BLOCKS[version - 1][1]) + BLOCKS[version - 1][0] * len(BLOCKS[version - 1][1])
    adds = tuple(
        tuple(sum(bit for nth, bit in enumerate(bits[at : at + 4]) if value >> 3 - nth & 1) for value in range(16))
        for at in range(0, 8 * words, 4)
    )
    # Whatever else a code has is in any code of this version: take the data out of one. It is full, as segno pads
    # others by a byte more than the standard says.
    text = "a" * room_of(version)
    sample = segno.make_qr(text, version=version, error="m", mask=MASK, mode="byte", boost_error=False)
    drawn = int("".join(str(module) for row in sample.matrix for module in row), 2)
    return Form(version, size, drawn ^ Form(version, size, 0, adds).drawing(codewords(text.encode(), version)), adds)


def places(version: int) -> list[tuple[int, int]]:
    """Where bits of data go, in their order: up and down in pairs of columns, from the right."""
    size = 4 * version + 17
    centres = () if version == 1 else CENTRES[version - 2]
    corners = {(6, 6), (6, size - 7), (size - 7, 6)}
    squares = [(row, column) for row in centres for column in centres if (row, column) not in corners]

    def is_free(row: int, column: int) -> bool:
        if 6 in (row, column) or (row < 9 and (column < 9 or column >= size - 8)):
            return False
        if column < 9 and row >= size - 8:
            return False
        if version >= 7 and ((row < 6 and column >= size - 11) or (column < 6 and row >= size - 11)):
            return False
        return not any(abs(row - across) <= 2 and abs(column - down) <= 2 for across, down in squares)

    found = []
    right, upwards = size - 1, True
    while right > 0:
        right -= right == 6
        for row in range(size - 1, -1, -1) if upwards else range(size):
            found += [(row, column) for column in (right, right - 1) if is_free(row, column)]
        right, upwards = right - 2, not upwards
    return found
