"""Paper: PDFs of pages with text, boxes and codes, written directly. For letters, hundreds a second.

Pure. What all documents share, such as their fonts, is made once. Guarantees: text is text and can be copied; a title
and a language are told. Fails with ValueError where a font lacks a character.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from server.pages.typefaces import PLAIN, Typeface

Colour = tuple[float, float, float]
MM = 72 / 25.4
KAPPA = 0.5523  # of a circle drawn by curves
DARK, DOWN = re.compile("1+"), "1 0 0 1 0 -1 cm"
BOM = "\ufeff"
FAST = 1  # how much zlib tries


class Sheet:
    """One page. Its corner 0, 0 is above on the left, all in points."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.marks: list[str] = []
        self.shows: dict[Typeface, set[str]] = {}

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        self.marks.append(f"{filled(colour)} {x:.2f} {self.height - y - height:.2f} {width:.2f} {height:.2f} re f")

    def circle(self, x: float, y: float, radius: float, colour: Colour) -> None:
        y, bend = self.height - y, radius * KAPPA
        quarters = [(1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0)]
        curves = " ".join(
            f"{x + radius * fx + bend * tx:.2f} {y + radius * fy + bend * ty:.2f} "
            f"{x + radius * tx + bend * fx:.2f} {y + radius * ty + bend * fy:.2f} "
            f"{x + radius * tx:.2f} {y + radius * ty:.2f} c"
            for fx, fy, tx, ty in quarters
        )
        self.marks.append(f"{filled(colour)} {x + radius:.2f} {y:.2f} m {curves} f")

    def dashes(self, x: float, y: float, width: float, colour: Colour) -> None:
        stroke = " ".join(f"{part:.3f}" for part in colour)
        self.marks.append(
            f"{stroke} RG 0.6 w [3 3] 0 d {x:.2f} {self.height - y:.2f} m {x + width:.2f} {self.height - y:.2f} l S"
        )

    def text(self, x: float, y: float, text: str, face: Typeface, size: float, *, colour: Colour) -> None:
        """On the base line `y`."""
        self.shows.setdefault(face, set()).update(text)
        shown, place = face.shown(text), f"{x:.2f} {self.height - y:.2f}"
        self.marks.append(f"BT {filled(colour)} /{face.name} {size:.2f} Tf {place} Td <{shown}> Tj ET")

    def code(self, x: float, y: float, size: float, rows: Sequence[str], colour: Colour) -> None:
        """A QR code, one box for each run of dark modules."""
        step = size / len(rows)
        # Each row is drawn where the one before was, and moved down: so few words say it that all are known beforehand.
        drawn = f" f {DOWN} ".join(" ".join([run_of(*run.span()) for run in DARK.finditer(row)]) for row in rows)
        scale = f"{step:.4f} 0 0 {step:.4f} {x:.2f} {self.height - y - step:.2f} cm"
        self.marks.append(f"q {filled(colour)} {scale} {drawn} f Q")


@cache
def run_of(start: int, end: int) -> str:
    return f"{start} 0 {end - start} 1 re"


@cache
def filled(colour: Colour) -> str:
    return " ".join(f"{part:.3f}" for part in colour) + " rg"


def pdf(sheets: Sequence[Sheet], title: str, language: str) -> bytes:
    """The document."""
    shows: dict[Typeface, set[str]] = {}
    for sheet in sheets:
        for face, chars in sheet.shows.items():
            shows.setdefault(face, set()).update(chars)
    objects: list[bytes] = [b"", b"", b""]  # catalog, pages, about: written last
    fonts = []
    for face, chars in shows.items():
        fonts.append(f"/{face.name} {len(objects) + 5} 0 R")
        objects += font_objects(face, "".join(sorted(chars.difference(PLAIN))), len(objects) + 1)
    pages = []
    for sheet in sheets:
        objects.append(stream("\n".join(sheet.marks).encode("ascii"), "", FAST))
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {sheet.width:.2f} {sheet.height:.2f}]/Contents {len(objects)} 0 R"
            f"/Resources<</Font<<{''.join(fonts)}>>>>>>".encode()
        )
        pages.append(f"{len(objects)} 0 R")
    objects[0] = f"<</Type/Catalog/Pages 2 0 R/Lang({language})/ViewerPreferences<</DisplayDocTitle true>>>>".encode()
    objects[1] = f"<</Type/Pages/Kids[{' '.join(pages)}]/Count {len(pages)}>>".encode()
    objects[2] = f"<</Title<{f'{BOM}{title}'.encode('utf-16-be').hex()}>/Producer(Aforo)>>".encode()
    return bound(objects)


def bound(objects: Iterable[bytes]) -> bytes:
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    at = len(out)
    entries = "".join(f"{place:010d} 00000 n \n" for place in places)
    out += f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{entries}".encode()
    out += f"trailer<</Size {len(places) + 1}/Root 1 0 R/Info 3 0 R>>\nstartxref\n{at}\n%%EOF\n".encode()
    return bytes(out)


def stream(data: bytes, entries: str = "", level: int = 9) -> bytes:
    packed = zlib.compress(data, level)
    return f"<</Length {len(packed)}/Filter/FlateDecode{entries}>>\nstream\n".encode() + packed + b"\nendstream"


@lru_cache(maxsize=256)
def font_objects(face: Typeface, chars: str, first: int) -> tuple[bytes, ...]:
    """A font for these characters beside the plain ones as five objects, the first of which has this number."""
    subset = face.subset(chars)
    name = f"AFORO+{face.name}"
    widths = " ".join(f"{glyph}[{width}]" for glyph, width in sorted(subset.widths.items()))
    box = " ".join(map(str, face.box))
    return (
        stream(subset.file, f"/Length1 {len(subset.file)}"),
        f"<</Type/FontDescriptor/FontName/{name}/Flags 4/FontBBox[{box}]/ItalicAngle 0/Ascent {face.ascent}"
        f"/Descent {face.descent}/CapHeight {face.ascent}/StemV 80/FontFile2 {first} 0 R>>".encode(),
        f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
        f"/Supplement 0>>/FontDescriptor {first + 1} 0 R/CIDToGIDMap/Identity/W[{widths}]>>".encode(),
        stream(to_unicode(subset.texts).encode()),
        f"<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/Identity-H/DescendantFonts[{first + 2} 0 R]"
        f"/ToUnicode {first + 3} 0 R>>".encode(),
    )


def to_unicode(texts: dict[int, str]) -> str:
    """What each glyph says, for whoever copies text or has it read out."""
    pairs = [f"<{glyph:04X}> <{text.encode('utf-16-be').hex()}>" for glyph, text in sorted(texts.items())]
    parts = [pairs[at : at + 100] for at in range(0, len(pairs), 100)]
    lists = "\n".join(f"{len(part)} beginbfchar\n{chr(10).join(part)}\nendbfchar" for part in parts)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Aforo def /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <FFFF> endcodespacerange\n{lists}\nendcmap end end"
    )
