"""The language of segment rules: facts, comparisons, and, or, not.

Pure. Owns the facts a rule may name; reads text into a `Rule`, asks it of one person, and writes it as SQL with
parameters. Guarantees: the person and the SQL give the same answer; a mistake names its position.
    orders >= 3 and last_order_days <= 90
    locale in ("es", "pt") and not has_phone
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.limits import RULE_CHARS_MAX, RULE_DEPTH_MAX, RULE_PARTS_MAX

Value = int | str | bool
Facts = Mapping[str, int | str | bool | None]


@dataclass(frozen=True, slots=True)
class Fact:
    """A thing an organizer knows of a person; `column` is its SQL, in which $1 is the instant of asking."""

    kind: type
    column: str
    about: str
    ages: bool = False  # changes by itself, as time passes


def _days_since(column: str) -> str:
    return f"floor(extract(epoch FROM ($1::timestamptz - {column})) / 86400)::bigint"


FACTS: Mapping[str, Fact] = {
    "orders": Fact(int, "coalesce(r.orders_count, 0)", "paid orders of yours"),
    "first_seen_days": Fact(int, _days_since("p.first_seen_at"), "whole days since first seen", ages=True),
    "last_order_days": Fact(int, _days_since("r.last_order_at"), "whole days since the last of them", ages=True),
    "locale": Fact(str, "p.locale", "language, as in en, es, pt"),
    "zone": Fact(str, "p.zone_name", "time zone, as in Europe/Madrid"),
    "has_email": Fact(bool, "p.has_email", "an e-mail address is known"),
    "has_phone": Fact(bool, "p.has_phone", "a phone number is known"),
    "located": Fact(bool, "(p.located_at IS NOT NULL)", "a position is known"),
}

BUILT_IN: Mapping[str, str] = {
    "new users": "orders = 0 and first_seen_days <= 30",
    "frequent buyers": "orders >= 3 and last_order_days <= 90",
}

# What somebody said to the organizer comes first, then what they said of anybody's offers.
TOLD = "coalesce(r.consent, p.consent)"
# An organizer's people: whom it knows by an order or an import, and whoever wants to hear of its offers, or anybody's.
OWN = f"(r.basis IS NOT NULL OR {TOLD})"

COMPARE: Mapping[str, Callable[[Value, Value], bool]] = {
    "=": lambda one, two: one == two,
    "!=": lambda one, two: one != two,
    "<": lambda one, two: isinstance(one, int) and isinstance(two, int) and one < two,
    "<=": lambda one, two: isinstance(one, int) and isinstance(two, int) and one <= two,
    ">": lambda one, two: isinstance(one, int) and isinstance(two, int) and one > two,
    ">=": lambda one, two: isinstance(one, int) and isinstance(two, int) and one >= two,
}
SQL_COMPARE: Mapping[str, str] = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}

TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d{1,9})(?![\w.])
    |"(?P<text>[^"\n]*)"
    |(?P<word>[A-Za-z_]\w*)
    |(?P<sign><=|>=|!=|=|<|>|\(|\)|,))""",
    re.VERBOSE,
)


class RuleMistake(ValueError):
    """What is wrong with a rule, and where: `position` counts characters from 0."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(f"at character {position + 1}: {message}")
        self.position = position
        self.message = message


@dataclass(frozen=True, slots=True)
class Everybody:
    pass


@dataclass(frozen=True, slots=True)
class Is:
    """A fact compared with values: true when it compares so with any of them; an unknown fact never does."""

    fact: str
    sign: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Not:
    rule: Rule


@dataclass(frozen=True, slots=True)
class AllOf:
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class MayBeTold:
    """Whether the organizer may send somebody its offers: no text says it, but it is kept like a segment."""


@dataclass(frozen=True, slots=True)
class Own:
    """Whether somebody is one of the organizer's people: no text says it either."""


Rule = Everybody | Is | Not | AllOf | AnyOf
Kept = Rule | MayBeTold | Own


def matches(rule: Rule, facts: Facts) -> bool:
    """Whether a person with these facts belongs to the segment."""
    match rule:
        case Everybody():
            return True
        case Is(fact, sign, values):
            known = facts[fact]
            return known is not None and any(COMPARE[sign](known, value) for value in values)
        case Not(inner):
            return not matches(inner, facts)
        case AllOf(rules):
            return all(matches(each, facts) for each in rules)
        case AnyOf(rules):
            return any(matches(each, facts) for each in rules)


def ages(rule: Kept) -> bool:
    """Whether persons come and go as time passes, with nothing written."""
    match rule:
        case Is(fact, _, _):
            return FACTS[fact].ages
        case Not(inner):
            return ages(inner)
        case AllOf(rules) | AnyOf(rules):
            return any(ages(each) for each in rules)
        case Everybody() | MayBeTold() | Own():
            return False


def as_sql(rule: Kept, parameters: list[object]) -> str:
    """A condition over `person p` and `related_person r`, its relation to the organizer who asks, if there is one;
    its values are added to `parameters`.

    The first of the parameters is there already: the instant of asking.
    """
    # $1 is used even by a rule that asks for no time, so that Postgres knows its type.
    return f"($1::timestamptz IS NOT NULL AND {_kept_sql(rule, parameters)})"


def _kept_sql(rule: Kept, parameters: list[object]) -> str:
    match rule:
        case MayBeTold():
            return TOLD
        case Own():
            return OWN
        case _:
            return _sql(rule, parameters)


def _sql(rule: Rule, parameters: list[object]) -> str:
    match rule:
        case Everybody():
            return "true"
        case Is(fact, sign, values):
            known = FACTS[fact]
            parameters.append(list(values))
            array = {int: "bigint[]", str: "text[]", bool: "boolean[]"}[known.kind]
            return f"coalesce({known.column} {SQL_COMPARE[sign]} ANY (${len(parameters)}::{array}), false)"
        case Not(inner):
            return f"(NOT {_sql(inner, parameters)})"
        case AllOf(rules):
            return "(" + " AND ".join(_sql(each, parameters) for each in rules) + ")"
        case AnyOf(rules):
            return "(" + " OR ".join(_sql(each, parameters) for each in rules) + ")"


def read(text: str) -> Rule:
    """The rule that `text` spells; RuleMistake where it doesn't."""
    if len(text) > RULE_CHARS_MAX:
        raise RuleMistake(RULE_CHARS_MAX, f"a rule may have {RULE_CHARS_MAX} characters")
    return _Reader(text).whole()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int

    def __str__(self) -> str:
        return "the end of the rule" if self.kind == "end" else f"“{self.text}”"


class _Reader:
    """Reads by descent: or binds weakest, then and, then not."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._parts = 0
        self._depth = 0

    def whole(self) -> Rule:
        rule = self._any_of()
        if self._next.kind != "end":
            raise RuleMistake(self._next.position, f"expected “and”, “or” or the end, not {self._next}")
        return rule

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self) -> _Token:
        token = self._next
        self._at += 1
        return token

    def _took(self, text: str) -> bool:
        if self._next.kind in ("word", "sign") and self._next.text == text:
            self._at += 1
            return True
        return False

    def _any_of(self) -> Rule:
        rules = [self._all_of()]
        while self._took("or"):
            rules.append(self._all_of())
        return rules[0] if len(rules) == 1 else AnyOf(tuple(rules))

    def _all_of(self) -> Rule:
        rules = [self._one()]
        while self._took("and"):
            rules.append(self._one())
        return rules[0] if len(rules) == 1 else AllOf(tuple(rules))

    def _one(self) -> Rule:
        self._parts += 1
        self._depth += 1
        if self._parts > RULE_PARTS_MAX or self._depth > RULE_DEPTH_MAX:
            raise RuleMistake(self._next.position, "the rule is too large")
        rule = self._bare()
        self._depth -= 1
        return rule

    def _bare(self) -> Rule:
        if self._took("not"):
            return Not(self._one())
        if self._took("("):
            rule = self._any_of()
            if not self._took(")"):
                raise RuleMistake(self._next.position, f"expected “)”, not {self._next}")
            return rule
        if self._took("everybody"):
            return Everybody()
        return self._is()

    def _is(self) -> Rule:
        name = self._take()
        fact = FACTS.get(name.text) if name.kind == "word" else None
        if fact is None:
            known = ", ".join(FACTS)
            raise RuleMistake(name.position, f"expected a fact, not {name}; the facts are {known}")
        if fact.kind is bool:
            return Is(name.text, "=", (True,))
        if self._took("in"):
            return Is(name.text, "=", self._values(name.text, fact))
        sign = self._take()
        signs = COMPARE if fact.kind is int else ("=", "!=")
        if sign.kind != "sign" or sign.text not in signs:
            raise RuleMistake(sign.position, f"expected one of {' '.join(signs)} or “in” after {name.text}, not {sign}")
        return Is(name.text, sign.text, (self._value(name.text, fact),))

    def _values(self, name: str, fact: Fact) -> tuple[Value, ...]:
        if not self._took("("):
            raise RuleMistake(self._next.position, f"expected “(” after “in”, not {self._next}")
        values = [self._value(name, fact)]
        while self._took(","):
            values.append(self._value(name, fact))
        if not self._took(")"):
            raise RuleMistake(self._next.position, f"expected “,” or “)”, not {self._next}")
        return tuple(values)

    def _value(self, name: str, fact: Fact) -> Value:
        self._parts += 1
        token = self._take()
        wanted = "number" if fact.kind is int else "text"
        if token.kind != wanted:
            shape = "a whole number" if fact.kind is int else "a text in double quotes"
            raise RuleMistake(token.position, f"{name} is compared with {shape}, not {token}")
        return int(token.text) if fact.kind is int else token.text


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        token = TOKEN.match(text, at)
        if token is None or token.lastgroup is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise RuleMistake(at, f"“{text[at]}” means nothing here")
        word = token[token.lastgroup]
        kind = token.lastgroup
        start = token.start(kind) - (1 if kind == "text" else 0)
        found.append(_Token(kind, word.lower() if kind == "word" else word, start))
        at = token.end()
    found.append(_Token("end", "", end))
    return found
