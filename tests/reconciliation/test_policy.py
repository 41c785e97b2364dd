"""What is decided without any store: what an entry moves, and what of an order differs."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from engine.payments import BookEntry, BookKind
from engine.reconciliation import DisagreementKind
from engine.reconciliation.booking import movement_of
from engine.reconciliation.comparing import Ours, Theirs, differing

AT = datetime(2026, 11, 29, tzinfo=UTC)
AMOUNTS = st.integers(-(10**12), 10**12)
ENTRIES = st.builds(
    BookEntry,
    id=st.just("txn"),
    kind=st.sampled_from(BookKind),
    amount=AMOUNTS,
    currency=st.just("EUR"),
    at=st.just(AT),
    fee=AMOUNTS,
    order=st.sampled_from([None, "ord_1"]),
)


@given(ENTRIES)
def test_whatever_an_entry_is_it_moves_what_adds_up_to_nothing(entry: BookEntry) -> None:
    moved = movement_of(entry)
    assert sum(moved.values()) == 0
    assert all(moved.values()), "no account of which nothing moves"
    fee = entry.fee - (entry.amount if entry.kind is BookKind.FEE else 0)
    assert moved.get("provider_fee", 0) == (0 if entry.kind is BookKind.UNREAD else fee)


@given(ENTRIES)
def test_clearing_follows_the_account_but_for_what_orders_move_themselves(entry: BookEntry) -> None:
    ours = entry.order is not None and entry.kind in (BookKind.CHARGE, BookKind.REFUND, BookKind.REFUND_FAILED)
    gross = 0 if ours or entry.kind is BookKind.DISPUTE_LOST else entry.amount
    assert movement_of(entry).get("clearing", 0) == (0 if entry.kind is BookKind.UNREAD else gross - entry.fee)


def kinds(ours: Ours | None, theirs: Theirs) -> list[str]:
    return [each.kind.value for each in differing("ord_1", "jazz", ours, theirs)]


def ours(amount: int = 4500, *, captured: bool = True, done: int = 0, asked: int = 0) -> Ours:
    return Ours("jazz", captured, amount, "EUR", done, asked)


def test_both_alike_differ_in_nothing() -> None:
    assert kinds(ours(), Theirs({"EUR": 4500})) == []
    assert kinds(ours(done=1000, asked=1000), Theirs({"EUR": 4500}, {"EUR": 1000})) == []
    assert kinds(None, Theirs()) == []
    assert kinds(ours(captured=False), Theirs()) == []
    assert kinds(None, Theirs({"EUR": 0})) == [], "a charge of nothing is none"


def test_what_is_on_its_way_back_may_be_there_or_not() -> None:
    for back in (1000, 1200, 1500):
        assert kinds(ours(done=1000, asked=1500), Theirs({"EUR": 4500}, {"EUR": back})) == []
    assert kinds(ours(done=1000, asked=1500), Theirs({"EUR": 4500}, {"EUR": 999})) == ["missing_refund"]
    assert kinds(ours(done=1000, asked=1500), Theirs({"EUR": 4500}, {"EUR": 1501})) == ["unknown_refund"]


def test_each_way_to_differ_has_its_own_kind() -> None:
    assert kinds(ours(), Theirs()) == ["missing_charge"]
    assert kinds(None, Theirs({"EUR": 4500})) == ["unknown_charge"]
    assert kinds(ours(captured=False), Theirs({"EUR": 4500, "USD": 1})) == ["unknown_charge"]
    assert kinds(ours(), Theirs({"EUR": 4400})) == ["amount_differs"]
    assert kinds(ours(), Theirs({"USD": 4500})) == ["currency_differs"]
    assert kinds(ours(), Theirs({"EUR": 4500, "USD": 1})) == ["currency_differs"]
    assert kinds(ours(), Theirs({"EUR": 4400}, {"EUR": 1})) == ["amount_differs", "unknown_refund"]
    (found,) = differing("ord_1", None, ours(), Theirs({"EUR": 4400}))
    assert (found.kind, found.sale, found.facts) == (
        *(DisagreementKind.AMOUNT_DIFFERS, "jazz", {"ours": 4500, "theirs": 4400, "currency": "EUR"}),
    )
