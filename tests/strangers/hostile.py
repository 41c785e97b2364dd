"""Texts and values that nobody means well with, and a way to put each into every field of an example."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

# What no name may be: nothing of these can be seen, or they change how what stands beside them is seen.
NO_NAMES = {
    "NUL": "a\x00b",
    "a control character": "a\x07b",
    "an escape": "\x1b[31mred",
    "a new line": "a\nb",
    "DEL": "a\x7fb",
    "C1": "a\x85b",
    "blank": "   ",
    "blanks of Unicode": "\u2003\u3000\u00a0",
    "zero-width": "\u200b\u200b",
    "a zero-width space inside": "a\u200bb",
    "a byte order mark": "\ufeffa",
    "an override of direction": "a\u202egnp.exe",
    "an isolate of direction": "a\u2066b",
    "a word joiner": "a\u2060b",
    "a noncharacter": "a\ufffeb",
    "a lone surrogate": "a\ud800b",
}
# What may be a name, or may not, but harms nobody.
TEXTS = {
    **NO_NAMES,
    "empty": "",
    "a quarter of a megabyte": "x" * 250_000,
    "emoji": "👩‍👩‍👧‍👦" * 40,
    "marks upon marks": "a" + "\u0301" * 500,
    "SQL": "'; DROP TABLE sale; --",
    "a template": "{{7*7}} ${7*7} %s %n {0}",
    "a page": "<script>alert(1)</script>",
    "a key of Redis": "a}:{b\r\nFLUSHALL\r\n",
    "a path": "../../../../etc/passwd",
    "a huge number": "9" * 400,
    "Arabic digits": "٤٢",
    "not a number": "NaN",
}
VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    2**31,
    2**53,
    2**63,
    10**30,
    1e308,
    [],
    {},
    [[]],
    {"": ""},
    "x",
    [None] * 300,
]
# What only says that the servers are in trouble; no input may bring it about.
TROUBLE = {"internal", "unavailable", "busy"}


def leaves(example: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value of an example, and to each part that holds some."""
    if path:
        yield path
    if isinstance(example, dict):
        for key, value in example.items():
            yield from leaves(value, (*path, key))
    elif isinstance(example, list):
        for number, value in enumerate(example[:1]):
            yield from leaves(value, (*path, number))


def put(example: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The example with `value` at that place."""
    changed = copy.deepcopy(example)
    inside = changed
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = value
    return changed


def renamed(example: Any, path: tuple[Any, ...], key: str) -> Any:
    """The example with another key at that place."""
    changed = copy.deepcopy(example)
    inside = changed
    for step in path[:-1]:
        inside = inside[step]
    inside[key] = inside.pop(path[-1])
    return changed
