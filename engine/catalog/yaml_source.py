"""YAML as people write it for a sale: plain values, and the line of each.

Pure. Fails with `BadSource`, which names a line. Refuses what a description of a sale never needs and an attacker might
send: aliases, tags, deep nesting, megabytes. Times and words such as `no` stay text; decimals stay exact.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from engine.catalog.mistakes import Mistake, Path, mistake_at
from engine.limits import SOURCE_BYTES_MAX, SOURCE_DEPTH_MAX

# libyaml is ten times faster; PyYAML may come without it.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}", re.ASCII)
_HALF = re.compile("[\ud800-\udfff]")  # of a surrogate pair, as an escape may write it
_CONSTANTS = {"": None, "null": None, "~": None, "true": True, "false": False}


class BadSource(Exception):
    """The text as a whole cannot be read."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(str(mistake))
        self.mistake = mistake


@dataclass(slots=True)
class Source:
    """What was written, the line of every path, and keys that were written twice."""

    tree: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    mistakes: list[tuple[Path, Mistake]] = field(default_factory=list)


def read_yaml(text: str) -> Source:
    """Read one YAML document."""
    if len(text.encode("utf-8", "surrogatepass")) > SOURCE_BYTES_MAX:
        raise BadSource(Mistake("", None, f"the text is larger than {SOURCE_BYTES_MAX // 1024} KiB"))
    try:
        _refuse_hostile(text)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        raise BadSource(Mistake("", mark.line + 1 if mark else None, f"not valid YAML: {wrong.problem}")) from wrong
    except yaml.YAMLError as wrong:
        raise BadSource(Mistake("", None, f"not valid YAML: {wrong}")) from wrong
    source = Source()
    if node is None:
        raise BadSource(Mistake("", None, "the text is empty"))
    source.tree = _plain(node, (), source)
    if not isinstance(source.tree, dict):
        raise BadSource(Mistake("", 1, "must be a group of `name: value` lines"))
    return source


def _refuse_hostile(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise BadSource(Mistake("", line, "anchors (&) and aliases (*) are not supported"))
        if getattr(event, "tag", None):
            raise BadSource(Mistake("", line, "tags (!) are not supported"))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > SOURCE_DEPTH_MAX:
                raise BadSource(Mistake("", line, "is nested too deeply"))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.ScalarEvent) and _HALF.search(event.value):
            raise BadSource(Mistake("", line, "contains half of a character"))


def _plain(node: Node, path: Path, source: Source) -> Any:
    source.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, MappingNode):
        tree: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                source.mistakes.append((path, mistake_at(path, "a name must be plain text", {path: line})))
                continue
            key: str = key_node.value
            below = (*path, key)
            if key in tree:
                source.mistakes.append(
                    (below, mistake_at(below, f"is written twice (also in line {source.lines[below]})", {below: line}))
                )
                continue
            source.lines[below] = line
            tree[key] = _plain(value_node, below, source)
        return tree
    if isinstance(node, SequenceNode):
        return [_plain(item, (*path, index), source) for index, item in enumerate(node.value)]
    return _scalar(node) if isinstance(node, ScalarNode) else None


def _scalar(node: ScalarNode) -> Any:
    text: str = node.value
    if node.style:  # quoted or a block: text
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.fullmatch(text):
        return int(text)
    return Decimal(text) if _DECIMAL.fullmatch(text) else text
