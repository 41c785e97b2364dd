"""TrueType fonts as PDFs carry them: how wide a text is, and the font with those glyphs alone that a document shows.

Pure, but for reading the files of fonts/ once. Letters are set one after the other, without kerning. Fails with
ValueError where a font lacks a character: then another way of drawing is taken.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

FONTS = Path(__file__).with_name("fonts")
CARRIED = ("cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep")
LONG_LOCA = 50  # where head says how wide the entries of loca are
WORDS, SCALE, TWO_SCALES, MATRIX, MORE = 0x1, 0x8, 0x40, 0x80, 0x20  # flags of a part of a glyph
THOUSAND = 1_000
TEXTS_KEPT = 4_096  # most of what tickets of a sale say is the same
PLAIN = "".join(map(chr, range(0x20, 0x7F)))  # in every document: so that most share their fonts


@dataclass(frozen=True)
class Subset:
    """A font with some glyphs alone."""

    file: bytes
    widths: dict[int, int]  # by glyph, in thousandths of the size
    texts: dict[int, str]  # by glyph


class Typeface:
    def __init__(self, name: str) -> None:
        self.name = name
        self._data = (FONTS / f"{name}.ttf").read_bytes()
        count = struct.unpack_from(">H", self._data, 4)[0]
        entries = (struct.unpack_from(">4s4xLL", self._data, 12 + 16 * nth) for nth in range(count))
        self._tables = {tag.decode(): self._data[at : at + size] for tag, at, size in entries}
        head, hhea = self._tables["head"], self._tables["hhea"]
        self._unit: int = struct.unpack_from(">H", head, 18)[0]
        self.box = [self._scaled(each) for each in struct.unpack_from(">4h", head, 36)]
        self.ascent, self.descent = (self._scaled(each) for each in struct.unpack_from(">2h", hhea, 4))
        self._advances = struct.unpack_from(">H", hhea, 34)[0]
        self._known: dict[str, tuple[int, int]] = {}  # by character, as many as the font has
        self._glyphs = struct.unpack_from(">H", self._tables["maxp"], 4)[0]

    def _scaled(self, units: float) -> int:
        return round(units * THOUSAND / self._unit)

    @cached_property
    def _by_text(self) -> dict[str, int]:
        """Glyphs by character: format 4 of cmap, which every font of this kind has."""
        cmap = self._tables["cmap"]
        count = struct.unpack_from(">H", cmap, 2)[0]
        starts = [struct.unpack_from(">4xL", cmap, 4 + 8 * nth)[0] for nth in range(count)]
        at = next(start for start in starts if struct.unpack_from(">H", cmap, start)[0] == 4)
        twice = struct.unpack_from(">H", cmap, at + 6)[0]
        form = f">{twice // 2}H"
        ends, firsts, deltas, offsets = (
            struct.unpack_from(form, cmap, at + 14 + nth * twice + (2 if nth else 0)) for nth in range(4)
        )
        found = {}
        for nth, (end, first, delta, offset) in enumerate(zip(ends, firsts, deltas, offsets, strict=True)):
            place = at + 16 + 3 * twice + 2 * nth + offset
            for char in range(first, min(end, 0xFFFE) + 1):
                glyph = struct.unpack_from(">H", cmap, place + 2 * (char - first))[0] if offset else char
                if glyph and (glyph := glyph + delta & 0xFFFF if glyph or not offset else 0):
                    found[chr(char)] = glyph
        return found

    def _one(self, char: str) -> tuple[int, int]:
        """A character's glyph, and how wide that is."""
        known = self._known.get(char)
        if known is None:
            known = self._known[char] = self._look_up(char)
        return known

    def _look_up(self, char: str) -> tuple[int, int]:
        glyph = self._by_text.get(char, 0)
        if not glyph:
            raise ValueError(f"{self.name} has no U+{ord(char):04X}")
        entry = min(glyph, self._advances - 1)
        return glyph, self._scaled(struct.unpack_from(">H", self._tables["hmtx"], 4 * entry)[0])

    def width(self, text: str, size: float) -> float:
        return set_in(self, text)[0] * size / THOUSAND

    def shown(self, text: str) -> str:
        """The text as a PDF shows it: hexadecimal glyphs."""
        return set_in(self, text)[1]

    def laid(self, text: str) -> tuple[int, str]:
        """How wide a text is, in thousandths of the size, and its glyphs in hexadecimal."""
        ones = [self._one(char) for char in text]
        return sum([width for _, width in ones]), "".join([f"{glyph:04X}" for glyph, _ in ones])

    def subset(self, text: str) -> Subset:
        """The font for a text."""
        ones = {char: self._one(char) for char in sorted({*PLAIN, *text})}
        file = self._with_glyphs({glyph for glyph, _ in ones.values()})
        return Subset(file, dict(ones.values()), {glyph: char for char, (glyph, _) in reversed(ones.items())})

    def _with_glyphs(self, wanted: set[int]) -> bytes:
        kept = {0} | wanted
        waiting = [*kept]
        while waiting:
            parts = self._parts(self._outline(waiting.pop())) - kept
            kept |= parts
            waiting += parts
        glyf, loca = bytearray(), []
        for glyph in range(self._glyphs):
            loca.append(len(glyf))
            if glyph in kept:
                outline = self._outline(glyph)
                glyf += outline + bytes(-len(outline) % 4)
        loca.append(len(glyf))
        head = bytearray(self._tables["head"])
        struct.pack_into(">H", head, LONG_LOCA, 1)
        changed = {"glyf": bytes(glyf), "head": bytes(head), "loca": struct.pack(f">{len(loca)}L", *loca)}
        return font_file({tag: changed.get(tag, self._tables.get(tag, b"")) for tag in CARRIED})

    def _outline(self, glyph: int) -> bytes:
        loca = self._tables["loca"]
        if struct.unpack_from(">H", self._tables["head"], LONG_LOCA)[0]:
            begin, end = struct.unpack_from(">2L", loca, 4 * glyph)
        else:
            begin, end = (2 * each for each in struct.unpack_from(">2H", loca, 2 * glyph))
        return self._tables["glyf"][begin:end]

    @staticmethod
    def _parts(outline: bytes) -> set[int]:
        """The glyphs that one is composed of."""
        if not outline or struct.unpack_from(">h", outline)[0] >= 0:
            return set()
        found, at, flags = set(), 10, MORE
        while flags & MORE:
            flags, glyph = struct.unpack_from(">2H", outline, at)
            found.add(glyph)
            at += 4 + (4 if flags & WORDS else 2)
            at += 8 if flags & MATRIX else 4 if flags & TWO_SCALES else 2 if flags & SCALE else 0
        return found


@lru_cache(maxsize=TEXTS_KEPT)
def set_in(face: Typeface, text: str) -> tuple[int, str]:
    return face.laid(text)


def font_file(tables: dict[str, bytes]) -> bytes:
    """A font of these tables; PDF readers ask for no checksums."""
    tables = {tag: data for tag, data in tables.items() if data}
    directory, body, at = bytearray(), bytearray(), 12 + 16 * len(tables)
    for tag, data in tables.items():
        directory += struct.pack(">4sLLL", tag.encode(), 0, at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    power = len(tables).bit_length() - 1
    searched = 16 << power
    begin = struct.pack(">LHHHH", 0x10000, len(tables), searched, power, 16 * len(tables) - searched)
    return begin + directory + body


@cache
def typeface(name: str) -> Typeface:
    return Typeface(name)
