"""The one place that checks a caller against what a route, command or address declares to need."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_never

from engine.access import Permission, Permit, Reach
from engine.accounts import SessionState
from engine.refusals import Code, RefusalError
from server.contract.needs import Need, Needed
from server.who.caller import Caller


def admit(need: Needed, caller: Caller) -> None:
    """Refuse a caller that is not what is needed, or has a permission nowhere."""
    if isinstance(need, Permission):
        if caller.permit is None:
            raise RefusalError(caller.unknown if caller.session is None else Code.FORBIDDEN)
        if not reach_of(caller.permit, need):
            raise lacking(need)
        return
    is_it, otherwise = what_it_is(need, caller)
    if not is_it:
        raise RefusalError(otherwise)


def admit_fresh(caller: Caller) -> None:
    """Refuse a session whose second factor was not shown within minutes; keys and links have none to show."""
    if caller.session is not None and not caller.session.is_fresh(datetime.now(UTC)):
        raise RefusalError(Code.STEP_UP_NEEDED)


def what_it_is(need: Need, caller: Caller) -> tuple[bool, Code]:
    """Whether a caller is what is needed, and what it is told when it is not."""
    match need:
        case Need.NOBODY:
            return True, Code.INTERNAL
        case Need.BUYER:
            return caller.buyer is not None, caller.unknown
        case Need.OWN:
            known = caller.buyer is not None or (caller.session is not None and caller.session.state is SessionState.IN)
            return known, caller.unknown
        case Need.OPENED:
            return caller.order is not None, Code.BAD_ORDER_KEY
        case Need.ACCOUNT:
            return caller.session is not None and caller.session.state is SessionState.IN, Code.UNAUTHORIZED
        case Need.HALF:
            return caller.session is not None, Code.UNAUTHORIZED
        case Need.KEY:
            return caller.key is not None, Code.UNAUTHORIZED
        case Need.OPERATOR:
            return caller.is_operator, Code.NOT_FOUND
        case _:
            assert_never(need)


def reach_of(permit: Permit, permission: Permission) -> Reach:
    return permit.reach(permission, datetime.now(UTC))


def lacking(permission: Permission) -> RefusalError:
    return RefusalError(Code.FORBIDDEN, f"This needs the permission {permission.value}.", permission=permission.value)
