"""The language of segments: what it says, what it refuses, and that SQL and Python agree."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.segments.rules import (
    BUILT_IN,
    FACTS,
    AllOf,
    AnyOf,
    Everybody,
    Is,
    Not,
    Rule,
    RuleMistake,
    ages,
    as_sql,
    matches,
    read,
)

NEWCOMER = {
    "orders": 0,
    "first_seen_days": 3,
    "last_order_days": None,
    "locale": "es",
    "zone": "Europe/Madrid",
    "has_email": True,
    "has_phone": False,
    "located": True,
}
REGULAR = NEWCOMER | {"orders": 7, "first_seen_days": 400, "last_order_days": 12, "has_phone": True}


@pytest.mark.parametrize(
    ("text", "newcomer", "regular"),
    [
        (BUILT_IN["new users"], True, False),
        (BUILT_IN["frequent buyers"], False, True),
        ("everybody", True, True),
        ("not (orders = 0)", False, True),
        ("last_order_days < 30", False, True),
        ("not last_order_days < 30", True, False),
        ('locale in ("es", "pt") and has_phone', False, True),
        ('locale != "es" or zone = "Europe/Madrid"', True, True),
        ("orders > 1 and orders < 3 or has_email and not has_phone", True, False),
        ("NOT has_phone", True, False),
    ],
)
def test_what_rules_say(text: str, newcomer: bool, regular: bool) -> None:
    rule = read(text)
    assert matches(rule, NEWCOMER) is newcomer
    assert matches(rule, REGULAR) is regular


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 0, "expected a fact, not the end"),
        ("orders >", 8, "whole number, not the end"),
        ("ordres > 1", 0, "expected a fact, not “ordres”"),
        ("orders = 1 orders = 2", 11, "expected “and”, “or” or the end"),
        ('orders = "1"', 9, "whole number"),
        ("locale = es", 9, "text in double quotes"),
        ('locale < "es"', 7, "expected one of = !="),
        ("(orders = 1", 11, "expected “)”"),
        ("orders = 1; DROP TABLE profile", 10, "“;” means nothing"),
        ("locale in (", 11, "text in double quotes"),
        ('locale in ("a" "b")', 15, "expected “,” or “)”"),
        ("orders = 1.5", 9, "“1” means nothing"),
        ("not " * 30 + "has_email", 80, "too large"),
        ("has_email or " * 101 + "has_email", 1300, "too large"),
        ("x" * 2_001, 2_000, "2000 characters"),
    ],
)
def test_mistakes_name_their_position(text: str, position: int, message: str) -> None:
    with pytest.raises(RuleMistake) as caught:
        read(text)
    assert caught.value.position == position
    assert message in caught.value.message


def test_rules_about_time_age() -> None:
    assert ages(read("not (orders = 0 or first_seen_days < 3)"))
    assert not ages(read('orders = 0 and locale = "es"'))


numbers = st.integers(0, 12)
comparisons = st.one_of(
    st.builds(
        Is,
        st.sampled_from([name for name, fact in FACTS.items() if fact.kind is int]),
        st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
        numbers.map(lambda number: (number,)),
    ),
    st.builds(Is, st.just("locale"), st.just("="), st.lists(st.sampled_from("ep"), min_size=1, max_size=2).map(tuple)),
    st.builds(Is, st.sampled_from(["has_email", "has_phone", "located"]), st.just("="), st.just((True,))),
    st.just(Everybody()),
)
rules = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(tuple).map(AllOf),
        st.lists(inner, min_size=2, max_size=3).map(tuple).map(AnyOf),
    ),
    max_leaves=8,
)

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
PERSONS = [
    {"orders": orders, "first": first, "last": last, "locale": locale, "email": email}
    for orders, first, last, locale, email in [
        (0, 0.0, None, "e", None),
        (1, 2.99, 2.5, "p", "a@example.org"),
        (5, 3.0, 3.0, "e", "b@example.org"),
        (9, 11.5, 0.01, "x", None),
        (2, 5.5, 5.0, "p", None),
    ]
]


@pytest.fixture
async def profiles(db: asyncpg.Pool) -> asyncpg.Pool:
    await db.execute("INSERT INTO zone (name) VALUES ('Europe/Madrid')")
    await db.execute("INSERT INTO organizer (id, name) VALUES ('org', 'Sala')")
    for at, each in enumerate(PERSONS):
        last = None if each["last"] is None else NOW - timedelta(days=each["last"])
        await db.execute(
            "WITH made AS (INSERT INTO profile (buyer_id, zone, first_seen_at, locale, email)"
            " VALUES ($1, 1, $3, $5, $6) RETURNING number)"
            " INSERT INTO relation (organizer_id, number, orders_count, last_order_at)"
            " SELECT 'org', number, $2, $4 FROM made",
            f"buyer-{at:010d}",
            each["orders"],
            NOW - timedelta(days=each["first"]),
            last,
            each["locale"],
            each["email"],
        )
    return db


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_sql_and_python_agree(profiles: asyncpg.Pool, data: st.DataObject) -> None:
    rule: Rule = data.draw(rules)
    parameters: list[object] = [NOW]
    condition = as_sql(rule, parameters)
    query = f"""SELECT p.number FROM person p LEFT JOIN related_person r
        ON r.organizer_id = 'org' AND r.number = p.number WHERE {condition}"""
    found = {row["number"] - 1 for row in await profiles.fetch(query, *parameters)}
    expected = {
        at
        for at, each in enumerate(PERSONS)
        if matches(
            rule,
            {
                "orders": each["orders"],
                "first_seen_days": int(each["first"]),
                "last_order_days": None if each["last"] is None else int(each["last"]),
                "locale": each["locale"],
                "zone": "Europe/Madrid",
                "has_email": each["email"] is not None,
                "has_phone": False,
                "located": False,
            },
        )
    }
    assert found == expected
