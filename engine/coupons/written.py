"""A coupon as it would be written: what the office shows and changes, and a sentence that says the same.

Pure. Guarantees: what is written from a stored rule is read into the same rule again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.catalog import percent_of
from engine.catalog.model import PRODUCT, Per
from engine.coupons.model import Coupon, Limits, Person, Rule
from engine.money import decimal_amount
from engine.pricing import Effect


def as_written(coupon: Coupon, segment_names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The fields of CouponRule that are not as they would be without, sums as decimals."""
    rule, limits = coupon.rule, coupon.limits
    said = {
        "name": coupon.name if coupon.name != coupon.key else None,
        **_effect(rule),
        "for": [kind.removeprefix(PRODUCT) for kind in sorted(rule.scope.types)],
        "places": sorted(rule.scope.places),
        "items": rule.items_max,
        "alone": rule.alone,
        "from": _moment(rule.begins_at),
        "until": _moment(rule.ends_at),
        "minimum": _minimum(rule),
        "segment": (segment_names or {}).get(rule.segment, rule.segment) or None,
        "account": rule.account,
        "orders": rule.orders_min or None,
        "per_person": rule.person_max,
        "person": rule.person.value if rule.person_max is not None and rule.person is not Person.CONTACT else None,
        **_limits(limits, rule.currency),
        "unlocks": list(rule.unlocks),
    }
    return {name: value for name, value in said.items() if value not in (None, [], {}, False)}


def _effect(rule: Rule) -> dict[str, Any]:
    match rule.effect:
        case Effect.PERCENT:
            cap = None if rule.cap is None else decimal_amount(rule.cap, rule.currency)
            return {"percent": percent_of(rule.ppm), "cap": cap}
        case Effect.FIXED:
            per = rule.per.value if rule.per is Per.TICKET else None
            return {"fixed": decimal_amount(rule.amount, rule.currency), "per": per}
        case Effect.PRICE:
            return {"price": decimal_amount(rule.amount, rule.currency)}
        case Effect.FREE:
            return {"free": True}
        case None:
            return {}


def _minimum(rule: Rule) -> dict[str, Any]:
    sum_ = decimal_amount(rule.sum_min, rule.currency) if rule.sum_min else None
    said = {"sum": sum_, "tickets": rule.tickets_min or None}
    return {name: value for name, value in said.items() if value is not None}


def _limits(limits: Limits, currency: str) -> dict[str, Any]:
    money = None if limits.money is None else decimal_amount(limits.money, currency)
    return {"uses": limits.uses, "tickets": limits.tickets, "money": money}


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def sentence(coupon: Coupon, segment_names: Mapping[str, str] | None = None) -> str:
    """What it does, in English."""
    rule, said = coupon.rule, as_written(coupon, segment_names)
    what = {
        Effect.PERCENT: f"{said.get('percent')} % off",
        Effect.FIXED: f"{said.get('fixed')} {rule.currency} off",
        Effect.PRICE: f"{said.get('price')} {rule.currency} instead of the price",
        Effect.FREE: "free",
        None: "takes off nothing",
    }[rule.effect]
    parts = [what]
    if rule.effect is Effect.FIXED:
        parts.append("each ticket" if rule.per is Per.TICKET else "the order")
    if "for" in said:
        parts.append("for " + ", ".join(said["for"]))
    if "places" in said:
        parts.append("in " + ", ".join(said["places"]))
    if rule.items_max is not None:
        parts.append(f"off {rule.items_max} of an order at most")
    text = " ".join(parts)
    more = [f"up to {said['cap']} {rule.currency}"] if "cap" in said else []
    minimum = said.get("minimum", {})
    more += [f"from {minimum['sum']} {rule.currency} on"] if "sum" in minimum else []
    more += [f"from {minimum['tickets']} tickets on"] if "tickets" in minimum else []
    more += [f"from {said['from'][:16]}"] if "from" in said else []
    more += [f"until {said['until'][:16]}"] if "until" in said else []
    more += [f"for segment {said['segment']}"] if "segment" in said else []
    more += ["for accounts"] if rule.account else []
    more += [f"for accounts with {rule.orders_min} orders"] if rule.orders_min else []
    more += [f"{rule.person_max} per {rule.person.value}"] if rule.person_max is not None else []
    more += [f"{said['uses']} uses"] if "uses" in said else []
    more += [f"{said['tickets']} tickets in all"] if "tickets" in said else []
    more += [f"{said['money']} {rule.currency} in all"] if "money" in said else []
    more += ["alone"] if rule.alone else []
    more += ["unlocks " + ", ".join(rule.unlocks)] if rule.unlocks else []
    return ", ".join([text, *more])
