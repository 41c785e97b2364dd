"""How a command of the socket is declared: who may ask, a typed ask, a typed answer, one function.

Owns: the `@command` decorator and `COMMANDS`, from which the socket dispatches and AsyncAPI is generated.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar, get_type_hints

from server.contract.asks import Ask
from server.contract.needs import Needed

RunT = TypeVar("RunT", bound=Callable[..., Awaitable[Any]])


@dataclass(frozen=True, slots=True)
class Command:
    do: str
    needs: Needed
    ask: type[Ask]
    answer: Any
    run: Callable[[Any, Any], Awaitable[Any]]
    summary: str


COMMANDS: dict[str, Command] = {}


def command(do: str, *, needs: Needed) -> Callable[[RunT], RunT]:
    """Declare the function that answers `do`; its annotations are the contract."""

    def declare(run: RunT) -> RunT:
        _, ask, answer = get_type_hints(run).values()
        if do in COMMANDS:
            raise ValueError(f"two commands are called {do}")
        COMMANDS[do] = Command(do, needs, ask, answer, run, (run.__doc__ or "").strip())
        return run

    return declare
