"""Checks that every relative link in a Markdown file leads to a file, and every anchor to a heading.

Addresses outside the repository are not asked: the check needs no network.
"""

import re
import subprocess
from functools import cache
from pathlib import Path
from urllib.parse import unquote

LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$")
FENCE = re.compile(r"^\s*(```|~~~)")
OUTSIDE = re.compile(r"^[a-z][a-z0-9+.-]*:")


def markdown_files(root: Path) -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return [root / name for name in listed.stdout.splitlines() if (root / name).is_file()]


def prose_lines(page: Path) -> list[tuple[int, str]]:
    """The lines outside fenced code, numbered, with inline code taken out."""
    kept: list[tuple[int, str]] = []
    fenced = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            kept.append((number, line))
    return kept


def slug(heading: str) -> str:
    """A heading's anchor, made as GitHub makes it."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


@cache
def anchors(page: Path) -> frozenset[str]:
    seen: dict[str, int] = {}
    found: set[str] = set()
    for _, line in prose_lines(page):
        if heading := HEADING.match(line):
            name = slug(heading.group(1))
            found.add(f"{name}-{seen[name]}" if name in seen else name)
            seen[name] = seen.get(name, 0) + 1
    return frozenset(found)


def wrong_with(root: Path, page: Path, target: str) -> str | None:
    if OUTSIDE.match(target):
        return None
    name, _, anchor = unquote(target).partition("#")
    base = root if name.startswith("/") else page.parent
    aim = (base / name.lstrip("/")).resolve() if name else page
    if not aim.is_relative_to(root.resolve()):
        return f"link {target} leads out of the repository"
    if not aim.exists():
        return f"link {target} leads nowhere"
    if anchor and aim.suffix == ".md" and anchor not in anchors(aim):
        return f"link {target}: no heading makes the anchor #{anchor}"
    return None


def problems(root: Path) -> list[str]:
    found: list[str] = []
    for page in markdown_files(root):
        for number, line in prose_lines(page):
            for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
                if wrong := wrong_with(root, page, target):
                    found.append(f"{page.relative_to(root)}:{number}: {wrong}")
    return found
