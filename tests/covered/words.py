"""Words that scripts are documented to answer and no test has heard.

A run that is measured listens to what the clients of its own processes are answered; it changes nothing on the way.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgpack

from engine.stores.redis import Cluster, RedisClient, Standalone
from engine.stores.scripts import resource, script

LUA = resource("lua")
SCRIPTS = sorted(
    str(path.relative_to(LUA).with_suffix("")) for path in LUA.glob("*/*.lua") if not path.name.startswith("_")
)
WORD = re.compile(r'"([a-z_]+)"')
heard: dict[str, set[str]] = defaultdict(set)


@cache
def words_of(name: str) -> frozenset[str]:
    """What the header of a script says that it answers."""
    header = re.match(r"(?:--[^\n]*\n)*", (LUA / f"{name}.lua").read_text(encoding="utf-8"))
    assert header is not None
    answers = header[0].partition("\n-- Returns ")[2] + "\n"
    return frozenset(WORD.findall(answers))


def listen() -> None:
    """From now on every answer of a script is heard."""
    known = {said: name for name in SCRIPTS if words_of(name) for said in (script(name).sha, script(name).source)}
    for client in (Standalone, Cluster):
        client.execute_command = heard_by(client.execute_command, known)


def heard_by(ask: Callable[..., Awaitable[Any]], known: Mapping[str, str]) -> Callable[..., Awaitable[Any]]:
    async def asked(client: RedisClient, *command: Any, **options: Any) -> Any:
        answer = await ask(client, *command, **options)
        if command[0] in ("EVALSHA", "EVAL") and (name := known.get(command[1])):
            new = words_of(name) - heard[name]
            if new:
                heard[name] |= new.intersection(texts(answer))
        return answer

    return asked


def texts(answer: Any) -> Iterator[str]:
    """All that is text in an answer, packed or not."""
    if isinstance(answer, bytes):
        try:
            answer = msgpack.unpackb(answer, raw=False, strict_map_key=False, unicode_errors="surrogateescape")
        except ValueError:
            return
    if isinstance(answer, str):
        yield answer
    elif isinstance(answer, list):
        for each in answer:
            yield from texts(each)


def write(folder: Path, process: str) -> None:
    """Leave what this process heard where the run gathers it."""
    lines = [f"{name} {word}" for name, words in sorted(heard.items()) for word in sorted(words)]
    (folder / f"words.{process}").write_text("\n".join(lines), encoding="utf-8")


def unheard(folder: Path) -> list[str]:
    """Script and word of every documented answer that none of the run's processes heard."""
    told = {line for path in folder.glob("words.*") for line in path.read_text(encoding="utf-8").splitlines()}
    return [f"{name} {word}" for name in SCRIPTS for word in sorted(words_of(name)) if f"{name} {word}" not in told]
