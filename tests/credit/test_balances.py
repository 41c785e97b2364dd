"""Balances: never below nothing, never spent too late, by a neighbour or in another currency, and given once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from engine.audit import Act
from engine.credit import Credit, Grant, Granted, Issue, Restriction, Source, Spend, expire, give_back, grant, spend
from engine.credit.giving import VOUCHER_CHARS, code_of, looks_wrong
from engine.engine import Engine
from engine.ids import new_id
from engine.refusals import Code, Refused

SALE = """
event: Jazz
id: {sale}
starts: in 9 days at 20:30
zone: Europe/Madrid
currency: {currency}
opens: now
pools:
  floor: {{capacity: 10, price: 20}}
"""
STANDING = "SELECT owed, moved FROM credit_standing WHERE organizer_id = $1"


async def sale_of(engine: Engine, by: Act, currency: str = "EUR") -> str:
    sale = f"s-{new_id('x')[2:].lower().replace('_', '0').replace('-', '1')}"
    made = await engine.catalog.sale_from_yaml(SALE.format(sale=sale, currency=currency), by)
    assert not isinstance(made, list), made
    return sale


async def given(engine: Engine, by: Act, amount: int = 1000, *, request: str = "", **rule: object) -> Granted:
    asked = Grant(
        by.organizer_id, "EUR", amount, "rain", "test", request or new_id("req"), restriction=Restriction(**rule)
    )
    async with engine.db.acquire() as connection, connection.transaction():
        return await grant(connection, engine.signer, asked)


async def spending(engine: Engine, sale: str, credit: str, amount: int, order: str = "ord_1") -> str | None:
    """By which guard it was refused; None: it was spent."""
    try:
        async with engine.db.acquire() as connection, connection.transaction():
            await spend(connection, sale, [(order, Spend(credit, "voucher", "", amount))])
    except asyncpg.CheckViolationError as refused:
        return str(refused.constraint_name)
    return None


async def of(engine: Engine, credit: str) -> Credit:
    (found,) = await engine.credit.read([credit])
    return found


async def invariants(engine: Engine) -> list[str]:
    found = []
    for context in engine.contexts:
        if context.name in ("credit", "orders") and context.invariants is not None:
            found += [str(each) for each in await context.invariants(engine)]
    return found


async def test_a_balance_is_never_below_nothing_whoever_comes_at_once(engine: Engine, by: Act) -> None:
    sale, voucher = await sale_of(engine, by), await given(engine, by, 1000)
    refused = await asyncio.gather(*(spending(engine, sale, voucher.credit, 300, f"o{at}") for at in range(12)))
    assert sorted(map(str, refused)) == ["None"] * 3 + ["credit_is_never_overspent"] * 9
    assert (await of(engine, voucher.credit)).balance == 100


async def test_nothing_is_spent_late_nor_after_it_was_revoked(engine: Engine, by: Act) -> None:
    sale = await sale_of(engine, by)
    late = await given(engine, by, expires_at=datetime.now(UTC) + timedelta(seconds=0.01))
    await engine.db.execute("SELECT pg_sleep(0.02)")
    assert await spending(engine, sale, late.credit, 1) == "credit_is_spent_in_time"
    gone = await given(engine, by)
    assert not isinstance(await engine.credit.revoke(by, gone.credit), Refused)
    assert await spending(engine, sale, gone.credit, 1) == "credit_is_spent_in_time"


async def test_nothing_is_spent_by_a_neighbour_in_another_currency_or_elsewhere(engine: Engine, by: Act) -> None:
    neighbour = Act(await engine.access.create_organizer("Sala Sur"), "test")
    own, theirs = await sale_of(engine, by), await sale_of(engine, neighbour)
    pesos, other = await sale_of(engine, by, "COP"), await sale_of(engine, by)
    voucher = await given(engine, by, sales=(own,))
    for sale in (theirs, pesos, other, "no-such-sale"):
        assert await spending(engine, sale, voucher.credit, 1) == "credit_is_spent_where_it_counts", sale
    assert await spending(engine, own, voucher.credit, 1) is None
    assert isinstance(await engine.credit.one(neighbour.organizer_id, voucher.credit), Refused)
    assert await engine.credit.by_code(neighbour.organizer_id, voucher.code or "") is None
    assert await engine.credit.revoke(neighbour, voucher.credit) == Refused(Code.NOT_FOUND)


async def test_nothing_real_is_spent_in_play(engine: Engine, by: Act) -> None:
    sale, original, voucher = await sale_of(engine, by), await sale_of(engine, by), await given(engine, by)
    await engine.db.execute("ALTER TABLE sale DISABLE TRIGGER USER")
    await engine.db.execute(
        "UPDATE sale SET kind = 'rehearsal', rehearsal_of = $2, rehearsal_until = now() WHERE id = $1", sale, original
    )
    assert await spending(engine, sale, voucher.credit, 1) == "credit_is_spent_where_it_counts"


async def test_the_same_request_gives_once(engine: Engine, by: Act) -> None:
    answers = await asyncio.gather(*(given(engine, by, request="refund 7") for _ in range(8)))
    assert len({each.credit for each in answers}) == 1
    assert sorted(each.again for each in answers) == [False] + [True] * 7
    assert len([each for each in answers if each.code]) == 1, "a code is told once"
    assert (await of(engine, answers[0].credit)).balance == 1000
    assert await invariants(engine) == []


async def test_a_bonus_is_given_beside_what_an_order_gives_back(engine: Engine, by: Act) -> None:
    """The refund's own movement has its amount; the bonus is a movement of credit."""
    sale = await sale_of(engine, by)
    asked = Grant(
        by.organizer_id, "EUR", 1000, "refund", "test", "r", bonus=100, source=Source.ORDER, sale=sale, order="ord_1"
    )
    async with engine.db.acquire() as connection, connection.transaction():
        granted = await grant(connection, engine.signer, asked)
    assert (await of(engine, granted.credit)).balance == 1100
    assert dict(await engine.db.fetchrow(STANDING, by.organizer_id)) == {"owed": 1100, "moved": 100}
    (movement,) = await engine.db.fetch("SELECT accounts, amounts FROM credit_movement")
    assert (movement["accounts"], movement["amounts"]) == (["credit_bonus", "voucher"], [100, -100])


async def test_what_ends_is_written_off_by_an_entry_and_once(engine: Engine, by: Act) -> None:
    voucher = await given(engine, by, 700, expires_at=datetime.now(UTC))
    other = await given(engine, by, 300)
    assert [await expire(engine.db), await expire(engine.db)] == [1, 0]
    assert (await of(engine, voucher.credit)).balance == 0
    assert [
        (each.kind.value, each.amount) for each in await engine.credit.history(by.organizer_id, voucher.credit)
    ] == [
        ("expire", -700),
        ("issue", 700),
    ]
    assert (await of(engine, other.credit)).balance == 300
    assert await invariants(engine) == []


async def test_what_comes_back_late_has_one_week_however_often_it_comes(engine: Engine, by: Act) -> None:
    sale, voucher = await sale_of(engine, by), await given(engine, by)
    spent = ("ord_1", Spend(voucher.credit, "voucher", "", 400))
    ends = set()
    for _ in range(2):
        assert await spending(engine, sale, voucher.credit, 400) is None
        await engine.db.execute("UPDATE credit SET expires_at = now() WHERE id = $1", voucher.credit)
        async with engine.db.acquire() as connection, connection.transaction():
            await give_back(connection, sale, [spent])
        ends.add((await of(engine, voucher.credit)).expires_at)
    assert len(ends) == 1
    assert await expire(engine.db) == 0, "it may be spent until then"


async def test_verify_finds_a_balance_that_nothing_explains(engine: Engine, by: Act) -> None:
    voucher = await given(engine, by)
    await engine.db.execute("UPDATE credit SET balance = balance + 1 WHERE id = $1", voucher.credit)
    found = await invariants(engine)
    assert len(found) == 2, found
    assert "its balance is 1001, and its entries come to 1000" in found[0]
    assert "come to 1001, and by the ledger 1000 is owed" in found[1]


async def test_an_entry_that_does_not_balance_is_refused(engine: Engine, by: Act) -> None:
    voucher = await given(engine, by)
    statement = "INSERT INTO credit_entry (credit_id, kind, amount, account) VALUES ($1, $2, $3, $4)"
    for kind, amount, account in (
        ("issue", 5, None),
        ("spend", -5, "credit_given"),
        ("issue", -5, "credit_given"),
        ("expire", 0, "credit_expired"),
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await engine.db.execute(statement, voucher.credit, kind, amount, account)


async def test_codes_are_long_checked_and_kept_as_marks_alone(engine: Engine, by: Act) -> None:
    code = (await given(engine, by)).code
    assert code is not None
    plain = code_of(code.lower().replace("-", " "))
    assert plain is not None
    assert len(plain) == VOUCHER_CHARS
    wrong = ("2" if plain[0] != "2" else "3") + plain[1:]
    assert (code_of(wrong), looks_wrong(wrong)) == (None, True)
    kept = str(await engine.db.fetch("SELECT c.*, e.* FROM credit c JOIN credit_entry e ON e.credit_id = c.id"))
    assert plain not in kept
    assert plain not in str(await engine.db.fetch("SELECT * FROM audit"))


async def test_credit_of_an_address_is_of_whoever_shows_that_it_is_theirs(engine: Engine, by: Act) -> None:
    issue = Issue(500, "EUR", "rain", new_id("req"), email="Ana@example.org")
    (granted,) = await engine.credit.issue(by, issue)
    assert isinstance(granted, Granted)
    assert granted.code is None
    own, buyer = engine.orders.own_credit, "A" * 16
    assert await own.of(by.organizer_id, "EUR", buyer, "ana@example.org") == []
    await engine.db.execute(
        "INSERT INTO contact_proof (id, purpose, channel, inbox_hash, buyer_id, network_hash, letter, locale,"
        " code_until, link_until, confirmed_at) VALUES ('prf_1', 'entry', 'email', $1, $2, '\\x00', 'sent', 'en',"
        " now(), now(), now())",
        engine.contacts.signer.inbox("email", "ana@example.org"),
        buyer,
    )
    (found,) = await own.of(by.organizer_id, "EUR", buyer, "ana@example.org")
    assert (found.id, found.balance) == (granted.credit, 500)
    assert await own.of(by.organizer_id, "COP", buyer, "ana@example.org") == []
    assert await own.of("org_other", "EUR", buyer, "ana@example.org") == []
    (listed,) = await engine.credit.all_of(by.organizer_id, email="ana@example.org")
    assert listed.credit.id == granted.credit


async def test_the_office_finds_a_voucher_by_its_code_or_the_end_of_it(engine: Engine, by: Act) -> None:
    granted = await engine.credit.issue(by, Issue(500, "EUR", "raffle", new_id("req"), number=3))
    codes = [each.code for each in granted if isinstance(each, Granted)]
    assert len(set(codes)) == 3
    for typed in (codes[1], (codes[1] or "")[-4:].lower()):
        found = [each.credit.code_end for each in await engine.credit.all_of(by.organizer_id, typed=typed)]
        assert (codes[1] or "")[-4:] in found
    views = await engine.credit.all_of(by.organizer_id)
    assert len({each.batch for each in views}) == 1
    assert {each.given for each in views} == {500}


@pytest.mark.parametrize(
    ("issue", "path"),
    [
        (Issue(0, "EUR", "rain", "r"), "amount"),
        (Issue(5, "XXX", "rain", "r"), "currency"),
        (Issue(5, "EUR", " ", "r"), "why"),
        (Issue(5, "EUR", "rain", "r", number=0), "number"),
        (Issue(5, "EUR", "rain", "r", number=2, email="a@example.org"), "number"),
        (Issue(5, "EUR", "rain", "r", restriction=Restriction(datetime(2020, 1, 1, tzinfo=UTC))), "expires_at"),
        (Issue(5, "EUR", "rain", "r", restriction=Restriction(sales=("nobodys",))), "sales"),
    ],
    ids=str,
)
async def test_what_can_not_be_issued_says_why(engine: Engine, by: Act, issue: Issue, path: str) -> None:
    mistakes = await engine.credit.issue(by, issue)
    assert [each.path for each in mistakes if not isinstance(each, Granted)] == [path]
    assert await engine.credit.all_of(by.organizer_id) == []
