"""The built pages: files with hashed names, read once, kept in memory in every encoding a browser may ask for.

Owns: where the files are, their types, encodings and cache rules.
Guarantees: only files listed at start are ever served, so that no path can leave the folder.
Without built files `entry` answers None, and the shell says how to build them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGED = Path(__file__).resolve().parents[1] / "web"
BUILT = Path(__file__).resolve().parents[2] / "web" / "dist"
HASHED_FOLDER = "assets/"
FONT = "node_modules/@fontsource-variable/archivo/files/archivo-latin-wdth-normal.woff2"
MANIFEST = "manifest.json"  # Vite's own list of what it built; not served
GZIP_FROM_BYTES = 1_000
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
    ".map": "application/json",
}
NOT_SERVED = frozenset((".br", ".gz", ".html", ".sha256"))  # copies, Vite's own shells, the builder's stamp
SQUEEZED_ALREADY = (".woff2", ".png", ".webp", ".jpg", ".avif", ".mp3", ".ogg", ".br", ".gz")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, in the encodings there are: identity always, br and gzip where they make it smaller."""

    content_type: str
    etag: str
    cache_control: str
    bodies: dict[str, bytes]

    def choose(self, accept_encoding: str) -> tuple[str, bytes]:
        """The smallest encoding that the browser takes."""
        accepted = accepted_encodings(accept_encoding)
        for encoding in ("br", "gzip"):
            if encoding in self.bodies and encoding in accepted:
                return encoding, self.bodies[encoding]
        return "identity", self.bodies["identity"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a shell must name to start one of the built programs."""

    script: str
    styles: tuple[str, ...]
    preloads: tuple[str, ...]
    font: str | None = None  # what nearly all text is set in


def accepted_encodings(header: str) -> set[str]:
    """The encodings of an Accept-Encoding header that were not refused with q=0."""
    accepted = set()
    for part in header.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() and weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}:
            accepted.add(name.strip())
    return accepted


def built_folder() -> Path | None:
    """The pages inside an installed package, else those built in a checkout."""
    return next((folder for folder in (PACKAGED, BUILT) if (folder / MANIFEST).is_file()), None)


class Assets:
    """The files of one folder; `None` means that nothing was built."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._paths = {} if folder is None else dict(_listed(folder))
        self._assets: dict[str, Asset] = {}
        manifest = {} if folder is None else json.loads((folder / MANIFEST).read_text("utf-8"))
        self._entries = dict(_entries(manifest))
        self._font = f"/{manifest[FONT]['file']}" if FONT in manifest else None
        self._parts = {key: _needed(manifest, chunk) for key, chunk in manifest.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """Addresses of all files, without the leading slash."""
        return tuple(self._paths)

    @property
    def built(self) -> bool:
        return bool(self._entries)

    def entry(self, name: str, *parts: str) -> Entry | None:
        """What starts the program `name`, with those of its `parts`, source files it loads later, that were built."""
        entry = self._entries.get(name)
        if entry is None:
            return None
        styles, preloads = dict.fromkeys(entry.styles), dict.fromkeys(entry.preloads)
        for part in parts:
            part_styles, part_scripts = self._parts.get(part, ((), ()))
            styles |= dict.fromkeys(part_styles)
            preloads |= dict.fromkeys(part_scripts)
        preloads.pop(entry.script, None)
        return Entry(entry.script, tuple(styles), tuple(preloads), self._font)

    def file(self, name: str) -> Asset | None:
        """The file at this address; read from disk at the first asking."""
        if name not in self._paths:
            return None
        if name not in self._assets:
            self._assets[name] = _read(name, self._paths[name])
        return self._assets[name]


def _listed(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name[0] != "." and name != MANIFEST and path.suffix not in NOT_SERVED:
            yield name, path


def _read(name: str, path: Path) -> Asset:
    body = path.read_bytes()
    bodies = {"identity": body}
    if path.suffix not in SQUEEZED_ALREADY and len(body) >= GZIP_FROM_BYTES:
        for encoding, suffix in (("br", ".br"), ("gzip", ".gz")):
            beside = path.with_name(path.name + suffix)
            if beside.is_file():
                bodies[encoding] = beside.read_bytes()
        bodies.setdefault("gzip", gzip.compress(body, 9, mtime=0))
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    hashed = name.startswith(HASHED_FOLDER)
    return Asset(
        content_type=kind,
        etag=f'"{hashlib.sha256(body).hexdigest()[:20]}"',
        cache_control="public, max-age=31536000, immutable" if hashed else "public, max-age=3600",
        bodies=bodies,
    )


def _entries(manifest: dict[str, Any]) -> Iterator[tuple[str, Entry]]:
    """One `Entry` per program of Vite's manifest, under the program's name."""
    for chunk in manifest.values():
        if chunk.get("isEntry"):
            styles, scripts = _needed(manifest, chunk)
            yield str(chunk.get("name") or Path(chunk["file"]).stem), Entry(scripts[0], styles, scripts[1:])


def _needed(manifest: dict[str, Any], chunk: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Addresses of the styles and scripts of a chunk and of all that it imports; its own script first."""
    styles: dict[str, None] = {}
    scripts: dict[str, None] = {}
    waiting = [chunk]
    while waiting:
        part = waiting.pop(0)
        if "/" + part["file"] in scripts:
            continue
        scripts["/" + part["file"]] = None
        styles |= dict.fromkeys("/" + style for style in part.get("css", ()))
        waiting += [manifest[key] for key in part.get("imports", ())]
    return tuple(styles), tuple(scripts)
