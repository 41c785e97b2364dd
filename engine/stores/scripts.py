"""Lua scripts by content hash, and the MessagePack in which they take items and give verdicts.

Owns the one place where NOSCRIPT is handled. Scripts live in lua/<context>/<noun>_<verb>.lua; a line
`-- include: <context>/_<name>.lua` is replaced by that fragment, once per script.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgpack
from redis.exceptions import NoScriptError

from engine.stores.redis import RedisClient

PACKAGE = Path(__file__).resolve().parents[1]
INCLUDE = re.compile(r"^-- include: (?P<fragment>[a-z]+/_[a-z0-9_]+\.lua)[ \t]*$", re.MULTILINE)

Argument = str | bytes | int


@dataclass(frozen=True)
class Script:
    """A script, whole, with the hash under which a server knows it."""

    name: str
    source: str
    sha: str


def resource(name: str) -> Path:
    """A file that the wheel carries inside the package and a checkout has at its root."""
    in_wheel = PACKAGE / name
    return in_wheel if in_wheel.exists() else PACKAGE.parent / name


@cache
def script(name: str) -> Script:
    """The script lua/<name>.lua, as in `script("onsale/seat_hold")`."""
    source = expand(resource("lua"), f"{name}.lua", set())
    return Script(name, source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


def expand(folder: Path, name: str, included: set[str]) -> str:
    """The text of a script with its fragments in place; a fragment named twice comes once."""

    def fragment(found: re.Match[str]) -> str:
        wanted = found["fragment"]
        if wanted in included:
            return ""
        included.add(wanted)
        return expand(folder, wanted, included)

    return INCLUDE.sub(fragment, (folder / name).read_text(encoding="utf-8"))


async def call(client: RedisClient, what: Script, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:
    """Run a script; a server that does not know it yet is given its text."""
    try:
        return await client.execute_command("EVALSHA", what.sha, len(keys), *keys, *arguments)
    except NoScriptError:
        return await client.execute_command("EVAL", what.source, len(keys), *keys, *arguments)


def pack(value: object) -> bytes:
    """MessagePack that cmsgpack reads: it knows no `bin` type, so bytes travel as strings."""
    return bytes(msgpack.packb(value, use_bin_type=False, unicode_errors="surrogateescape"))


def unpack(packed: bytes) -> Any:
    """What a script packed. A string that carries bytes comes back as text with surrogate escapes."""
    return msgpack.unpackb(packed, raw=False, strict_map_key=False, unicode_errors="surrogateescape")


def raw_bytes(text: str) -> bytes:
    """The bytes that a script packed into a string."""
    return text.encode(errors="surrogateescape")
