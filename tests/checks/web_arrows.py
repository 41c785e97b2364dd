"""The imports of web/: each program may import shared, never another program; shared imports none of them."""

import re
from collections.abc import Iterator
from pathlib import Path

MAY_IMPORT = {
    "buyer": {"buyer", "shared"},
    "office": {"office", "shared"},
    "mail": {"mail", "shared"},
    "reference": {"reference", "shared"},
    "shared": {"shared"},
}
OTHERS = {"audit", "public", "test", "node_modules", "dist", "dist.new", "dist.old"}
SOURCES = {".ts", ".tsx", ".css"}
NAMED = re.compile(r"""(?:\bfrom|\bimport|\bimport\(|@import)\s*["']([^"']+)["']""")


def arrow_problems(web: Path) -> list[str]:
    homeless = [
        f"{path.relative_to(web.parent)}: belongs to none of {', '.join(MAY_IMPORT)}"
        for path in sorted(web.iterdir())
        if path.is_dir() and path.name not in {*MAY_IMPORT, *OTHERS}
    ]
    wrong = {
        f"{path.relative_to(web.parent)}: {program}/ may not import {there}/"
        for program, may in MAY_IMPORT.items()
        for path, there in _arrows(web, program)
        if there not in may
    }
    return homeless + sorted(wrong)


def _arrows(web: Path, program: str) -> Iterator[tuple[Path, str]]:
    """Each file of a program, with the folder of web/ in which something that it imports lies."""
    root = web.resolve()
    for path in (root / program).rglob("*"):
        if path.suffix not in SOURCES:
            continue
        for name in NAMED.findall(path.read_text("utf-8")):
            if name[0] in "./":  # an address of ours: from the file, or from the root
                target = (root / name[1:] if name[0] == "/" else path.parent / name).resolve()
                yield web / path.relative_to(root), target.relative_to(root).parts[0]
