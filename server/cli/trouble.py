"""What went wrong on the command line, in a sentence that says what to do next; and files, which go wrong most."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.catalog import Source


class Trouble(Exception):
    """It could not be done; the message says what to do."""


def mistakes_in(file: Path, mistakes: Sequence[object]) -> Trouble:
    """Every mistake of a file on a line of its own."""
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    return Trouble("\n".join([f"{file} has {count}:", *(f"  {each}" for each in mistakes)]))


def read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Trouble(f"There is no file {file}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Trouble(f"{file} cannot be read: {error}") from error


def source_of(file: Path) -> Source:
    from engine.catalog import BadSource, read_yaml

    try:
        return read_yaml(read(file))
    except BadSource as bad:
        raise Trouble(f"{file}: {bad.mistake}") from bad


def told_plainly(fault: Exception) -> bool:
    """Whether the message of a fault says all a person needs; loaded only when something went wrong."""
    from engine.settings import SettingsFault
    from engine.stores.faults import StoreFault
    from server.processes.supervisor import StartFault

    return isinstance(fault, (Trouble, StartFault, StoreFault, SettingsFault))
