"""What may stay uncovered, each with its reason: uncovered.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.covered.branches import Branch

NAMED = Path(__file__).with_name("uncovered.toml")


@dataclass(frozen=True)
class Named:
    branches: Mapping[str, Mapping[str, str]]  # place -> way -> reason
    words: Mapping[str, str]  # script and word -> reason

    @staticmethod
    def read() -> Named:
        read = tomllib.loads(NAMED.read_text(encoding="utf-8"))
        return Named(read.get("branches", {}), read.get("words", {}))

    def missing(self, untaken: Sequence[Branch], unheard: Sequence[str]) -> list[str]:
        """What is neither covered nor named, as it would be named."""
        return [*self._branches(untaken), *self._words(unheard)]

    def _branches(self, untaken: Sequence[Branch]) -> Iterator[str]:
        for branch in untaken:
            if branch.way not in self.branches.get(branch.place, {}):
                file, _, function = branch.place.partition(":")
                yield f"{file}:{branch.line} {function}: no test goes {branch.way!r}"

    def _words(self, unheard: Sequence[str]) -> Iterator[str]:
        for each in unheard:
            if each not in self.words:
                yield f"no test hears {each}"
