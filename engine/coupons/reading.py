"""Coupons as organizers write them, read into rules; and rules as they are stored.

Pure. Guarantees of rules without findings: a coupon does one thing, or unlocks something; its sums are minor units of
one currency; every name is of something that is sold.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from engine.catalog import CouponGround, CouponInput, CouponRule, Findings, Path, id_of, nearest, ppm_of, read_moment
from engine.catalog.model import PRODUCT, Per
from engine.coupons.codes import folded
from engine.coupons.model import Limits, Person, Rule
from engine.money import minor_units
from engine.pricing import Effect, Scope


@dataclass(frozen=True, slots=True)
class Draft:
    """A coupon that was written."""

    key: str
    name: str
    rule: Rule
    limits: Limits
    codes: tuple[str, ...]
    automatic: bool


def read_coupon(key: str, written: CouponInput, path: Path, ground: CouponGround, findings: Findings) -> Draft:
    """A coupon with its codes: its key is the code of one that names none, and is not automatic."""
    codes = tuple(dict.fromkeys(map(folded, written.codes)))
    if written.automatic and codes:
        findings.add((*path, "codes"), "are of no use to a benefit that counts without: leave them out, or automatic")
    if not written.automatic and not codes:
        codes = (folded(key),)
        if not codes[0].isascii() or not codes[0].isalnum() or not 3 <= len(codes[0]) <= 32:
            findings.add(path, "is no code that can be typed, of 3 to 32 letters and digits: write codes")
    return Draft(
        key,
        written.name or key,
        read_rule(written, path, ground, findings),
        read_limits(written, path, ground, findings),
        codes,
        written.automatic,
    )


def read_rule(written: CouponRule, path: Path, ground: CouponGround, findings: Findings) -> Rule:
    effect, amount, ppm = _effect(written, path, ground, findings)
    if effect is None and not written.unlocks and findings.fine(path):
        findings.add(path, "does nothing: give percent, fixed, price or free, or unlocks")
    if written.cap is not None and effect is not Effect.PERCENT and findings.fine(path):
        findings.add((*path, "cap"), "is of a percentage alone")
    begins_at = read_moment(written.begins, (*path, "from"), ground.zone, ground.now, findings)
    ends_at = read_moment(written.ends, (*path, "until"), ground.zone, ground.now, findings)
    if begins_at is not None and ends_at is not None and ends_at <= begins_at:
        findings.add((*path, "until"), "is not after its beginning")
    sums = (written.fixed, written.price, written.cap, written.minimum.sum, written.money)
    if any(each is not None for each in sums) and not ground.currency and findings.fine((*path, "currency")):
        findings.add((*path, "currency"), "is missing: the coupon has sums, and belongs to no sale")
    return Rule(
        effect=effect,
        amount=amount,
        ppm=ppm,
        cap=None if written.cap is None else _sum(written.cap, (*path, "cap"), ground, findings),
        per=Per(written.per),
        scope=Scope(
            frozenset(_types(written.of, (*path, "for"), ground, findings)),
            frozenset(_names(written.places, (*path, "places"), ground.places, ground, findings)),
        ),
        items_max=written.items,
        alone=written.alone,
        begins_at=begins_at,
        ends_at=ends_at,
        sum_min=_sum(written.minimum.sum, (*path, "minimum", "sum"), ground, findings),
        tickets_min=written.minimum.tickets or 0,
        segment=_segment(written.segment, (*path, "segment"), ground, findings),
        account=written.account,
        orders_min=written.orders or 0,
        person_max=written.per_person,
        person=Person(written.person),
        currency=ground.currency if any(each is not None for each in sums) else "",
        unlocks=tuple(_names(written.unlocks, (*path, "unlocks"), ground.unlocks, ground, findings)),
    )


def read_limits(written: CouponRule, path: Path, ground: CouponGround, findings: Findings) -> Limits:
    money = None if written.money is None else _sum(written.money, (*path, "money"), ground, findings) or None
    return Limits(written.uses, written.tickets, money)


def _effect(
    written: CouponRule, path: Path, ground: CouponGround, findings: Findings
) -> tuple[Effect | None, int, int]:
    if written.free:
        return Effect.FREE, 0, 0
    if written.percent is not None:
        try:
            ppm = ppm_of(written.percent)
        except ValueError as wrong:
            findings.add((*path, "percent"), str(wrong))
            return Effect.PERCENT, 0, 0
        if not ppm:
            findings.add((*path, "percent"), "takes off nothing")
        return Effect.PERCENT, 0, ppm
    if written.fixed is not None:
        amount = _sum(written.fixed, (*path, "fixed"), ground, findings)
        if not amount and ground.currency and findings.fine((*path, "fixed")):
            findings.add((*path, "fixed"), "takes off nothing")
        return Effect.FIXED, amount, 0
    if written.price is not None:
        return Effect.PRICE, _sum(written.price, (*path, "price"), ground, findings), 0
    return None, 0, 0


def _sum(amount: Decimal | None, path: Path, ground: CouponGround, findings: Findings) -> int:
    if amount is None or not ground.currency:
        return 0
    try:
        return minor_units(amount, ground.currency)
    except ValueError as wrong:
        findings.add(path, str(wrong))
        return 0


def _types(names: Sequence[str], path: Path, ground: CouponGround, findings: Findings) -> list[str]:
    """Ticket types and products. Where nobody knows what is sold, a name is taken as that of a ticket type."""
    found = []
    for name in names:
        made = id_of(name)
        if ground.types is None or made in ground.types:
            found.append(made)
        elif f"{PRODUCT}{made}" in ground.products:
            found.append(f"{PRODUCT}{made}")
        elif findings.fine(("ticket_types",), ("products",), ("sections",), ("pools",)):
            known = [*ground.types, *(product.removeprefix(PRODUCT) for product in ground.products)]
            findings.add(path, f"names nothing that is sold: {name}{nearest(made, known)}")
    return found


def _names(
    names: Sequence[str], path: Path, known: Collection[str], ground: CouponGround, findings: Findings
) -> list[str]:
    found = []
    for name in names:
        made = id_of(name)
        found.append(made)
        if ground.types is not None and made not in known and findings.fine(("sections",), ("pools",), ("unlocks",)):
            findings.add(path, f"names nothing of this sale: {name}{nearest(made, known)}")
    return found


def _segment(name: str | None, path: Path, ground: CouponGround, findings: Findings) -> str:
    if name is None:
        return ""
    found = ground.segments.get(name, "")
    if not found:
        findings.add(path, f"is not a segment of yours: {name}{nearest(name, ground.segments)}")
    return found


# ── as they are stored ──


def rule_to_json(rule: Rule) -> dict[str, Any]:
    """What is as it would be without is left out."""
    said: dict[str, Any] = {
        "effect": None if rule.effect is None else rule.effect.value,
        "amount": rule.amount,
        "ppm": rule.ppm,
        "cap": rule.cap,
        "per": rule.per.value,
        "types": sorted(rule.scope.types),
        "places": sorted(rule.scope.places),
        "items_max": rule.items_max,
        "alone": rule.alone,
        "begins_at": None if rule.begins_at is None else rule.begins_at.astimezone(UTC).isoformat(),
        "ends_at": None if rule.ends_at is None else rule.ends_at.astimezone(UTC).isoformat(),
        "sum_min": rule.sum_min,
        "tickets_min": rule.tickets_min,
        "segment": rule.segment,
        "account": rule.account,
        "orders_min": rule.orders_min,
        "person_max": rule.person_max,
        "person": rule.person.value,
        "sales": list(rule.sales),
        "currency": rule.currency,
        "unlocks": list(rule.unlocks),
    }
    return {name: value for name, value in said.items() if value not in (None, 0, "", [], False)}


def rule_from_json(stored: Mapping[str, Any]) -> Rule:
    return Rule(
        effect=Effect(stored["effect"]) if "effect" in stored else None,
        amount=stored.get("amount", 0),
        ppm=stored.get("ppm", 0),
        cap=stored.get("cap"),
        per=Per(stored.get("per", Per.ORDER.value)),
        scope=Scope(frozenset(stored.get("types", ())), frozenset(stored.get("places", ()))),
        items_max=stored.get("items_max"),
        alone=stored.get("alone", False),
        begins_at=_moment(stored.get("begins_at")),
        ends_at=_moment(stored.get("ends_at")),
        sum_min=stored.get("sum_min", 0),
        tickets_min=stored.get("tickets_min", 0),
        segment=stored.get("segment", ""),
        account=stored.get("account", False),
        orders_min=stored.get("orders_min", 0),
        person_max=stored.get("person_max"),
        person=Person(stored.get("person", Person.CONTACT.value)),
        sales=tuple(stored.get("sales", ())),
        currency=stored.get("currency", ""),
        unlocks=tuple(stored.get("unlocks", ())),
    )


def _moment(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored)
