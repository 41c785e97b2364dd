"""The one place that checks a caller against what a route, command or address declares to need."""

from __future__ import annotations

from typing import assert_never

from engine.refusals import Code, Refusal
from server.contract.needs import Need
from server.who.caller import Caller


def admit(need: Need, caller: Caller) -> None:
    """Refuse a caller that is not what is needed."""
    match need:
        case Need.NOBODY:
            return
        case Need.BUYER:
            if caller.buyer is None:
                raise Refusal(caller.unknown)
        case Need.OPENED:
            if caller.order is None:
                raise Refusal(Code.BAD_ORDER_KEY)
        case Need.ORGANIZER:
            if caller.works_for is None:
                raise Refusal(Code.UNAUTHORIZED)
        case Need.OPERATOR:
            if not caller.is_operator:
                raise Refusal(Code.NOT_FOUND)
        case _:
            assert_never(need)
