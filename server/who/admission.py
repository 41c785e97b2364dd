"""The one place that checks a caller against what a route, command or address declares to need."""

from __future__ import annotations

from typing import assert_never

from engine.refusals import Code, RefusalError
from server.contract.needs import Need
from server.who.caller import Caller


def admit(need: Need, caller: Caller) -> None:
    """Refuse a caller that is not what is needed."""
    match need:
        case Need.NOBODY:
            return
        case Need.BUYER:
            if caller.buyer is None:
                raise RefusalError(caller.unknown)
        case Need.OPENED:
            if caller.order is None:
                raise RefusalError(Code.BAD_ORDER_KEY)
        case Need.ORGANIZER:
            if caller.works_for is None:
                raise RefusalError(Code.UNAUTHORIZED)
        case Need.OPERATOR:
            if not caller.is_operator:
                raise RefusalError(Code.NOT_FOUND)
        case _:
            assert_never(need)
