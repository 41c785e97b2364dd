"""What office routes share: in whose name they act, what those who acted are called, and how mistakes are reported."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NoReturn, TypeVar, cast

from engine.access import Permission, network_of
from engine.audit import Act, ActorKind
from engine.catalog import Mistake
from engine.orders import OrderView
from engine.refusals import Code, RefusalError, Refused, accept
from server.contract.shapes import ListedOrderShape
from server.contract.stamps import number_of_etag
from server.observe.logs import REQUEST
from server.who.admission import reach_of
from server.who.call import Call

YAML_TYPES = ("application/yaml", "application/x-yaml", "text/yaml")
T = TypeVar("T")


def act_of(call: Call) -> Act:
    """In whose name a call acts, and on what ground."""
    kind, actor = call.actor
    return Act(call.organizer, actor, kind, REQUEST.get(), network_of(call.address), call.ground)


def seen_by(call: Call) -> int | None:
    """The version that a caller saw of what they change, by If-Match; None: they don't say."""
    if_match = call.request.headers.get("If-Match")
    return None if if_match is None else number_of_etag(if_match)


async def names_of(call: Call, actors: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names of those who acted, by kind and id: of accounts, for who may see the organizer's members."""
    assert call.permit is not None, "it was admitted"
    if not reach_of(call.permit, Permission.MEMBER_READ).everything:
        return {}
    ids = {actor for kind, actor in actors if kind == ActorKind.ACCOUNT.value}
    return await call.services.engine.accounts.grants.names(call.organizer, sorted(ids)) if ids else {}


async def named_in(call: Call, sale: str) -> frozenset[str]:
    """The sale, if its caller may read who bought there."""
    return frozenset({sale} if await call.may(Permission.ORDER_PII, sale) else ())


async def listed_orders(call: Call, orders: Sequence[OrderView], *, in_full: Collection[str]) -> list[ListedOrderShape]:
    """Orders as their organizer sees them, with the names of the members who made them; who bought in full in some
    sales.
    """
    issuers = {order.making.issuer for order in orders} - {None}
    names = await names_of(call, [(ActorKind.ACCOUNT.value, each) for each in issuers if each]) if issuers else {}
    return [
        cast(
            "ListedOrderShape",
            {**order.listed(in_full=order.sale in in_full), "issuer_name": names.get(order.making.issuer or "")},
        )
        for order in orders
    ]


def made(result: T | Refused | list[Mistake]) -> T:
    """What was made; else the refusal, with every mistake named."""
    if isinstance(result, list):
        refuse(result)
    return accept(result)


def refuse(mistakes: list[Mistake]) -> NoReturn:
    raise RefusalError(Code.INVALID, fields=[named(mistake) for mistake in mistakes])


def named(mistake: Mistake) -> dict[str, Any]:
    field: dict[str, Any] = {"path": mistake.path, "message": mistake.message}
    return field if mistake.line is None else {**field, "line": mistake.line}
