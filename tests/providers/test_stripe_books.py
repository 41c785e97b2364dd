"""Stripe's books, read from a stand-in that keeps to what Stripe publishes: kinds of entries, pages, odd ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from engine.payments import BookEntry, BookKind, BookPage, DisputeSaid, DisputeState, NotRead, UnknownDispute
from engine.payments.stripe_api import StripeApi
from engine.payments.stripe_books import StripeBooks, entries_of
from tests.providers.stripe_ledger import BEGAN, StripeLedger
from tests.providers.stripe_party import nowhere
from tests.providers.stripe_wire import SECRET

SINCE = datetime.fromtimestamp(0, UTC)


@pytest.fixture
async def there() -> AsyncIterator[StripeLedger]:
    ledger = StripeLedger(per_page=3)
    await ledger.server.start_server()
    yield ledger
    await ledger.server.close()
    assert ledger.refused == []


@pytest.fixture
async def books(there: StripeLedger) -> AsyncIterator[StripeBooks]:
    api = StripeApi(SECRET, there.url)
    yield StripeBooks(api, "stripe:pac_1")
    await api.close()


async def everything(books: StripeBooks, since: datetime = SINCE) -> dict[str, BookEntry]:
    found: list[BookEntry] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await books.page(since, cursor)
        assert isinstance(page, BookPage), page
        found += page.entries
        cursor = page.following
    assert len({each.id for each in found}) == len(found)
    return {each.id: each for each in found}


async def test_every_kind_of_entry_is_read_on_all_pages(books: StripeBooks, there: StripeLedger) -> None:
    there.charged("ord_1", "jazz", 4500, 100)
    there.refunded("ord_1", "jazz", "ord_1:1", 1000)
    there.refunded("ord_1", "jazz", "ord_1:1", 1000, failed=True)
    there.disputed("ord_1", "jazz", 3500, 1500)
    there.ends("dp_0", "won")
    there.moved("stripe_fee", "fee", -200)
    there.moved("payout", "payout", -2400)
    there.moved("payout_failure", "payout_reversal", 2400)
    there.moved("topup", "topup", 900)
    found = list((await everything(books)).values())
    said = [(each.kind.value, each.amount, each.fee, each.order, each.sale, each.about) for each in reversed(found)]
    assert said == [
        ("charge", 4500, 100, "ord_1", "jazz", ""),
        ("refund", -1000, 0, "ord_1", "jazz", "ord_1:1"),
        ("refund_failed", 1000, 0, "ord_1", "jazz", "ord_1:1"),
        ("dispute", -3500, 1500, None, None, "dp_0"),
        ("dispute_won", 3500, 0, None, None, "dp_0"),
        ("fee", -200, 0, None, None, ""),
        ("payout", -2400, 0, None, None, ""),
        ("payout_failed", 2400, 0, None, None, ""),
        ("other", 900, 0, None, None, ""),
    ]
    assert {each.currency for each in found} == {"EUR"}


async def test_what_is_older_is_not_read_again(books: StripeBooks, there: StripeLedger) -> None:
    for nth in range(7):
        there.charged(f"ord_{nth}", "jazz", 100)
    assert len(await everything(books)) == 7
    assert list(await everything(books, datetime.fromtimestamp(BEGAN + 5, UTC))) == ["txn_6", "txn_5"]


async def test_what_was_there_before_the_account_was_connected_is_not_read(there: StripeLedger) -> None:
    for nth in range(7):
        there.charged(f"ord_{nth}", "jazz", 100)
    api = StripeApi(SECRET, there.url)
    connected = datetime.fromtimestamp(BEGAN + 5 + 86_400, UTC)
    assert list(await everything(StripeBooks(api, "stripe:pac_1", connected))) == ["txn_6", "txn_5"]
    assert len(await everything(StripeBooks(api, "stripe:pac_1", connected), connected)) == 0
    await api.close()


async def test_what_was_charged_in_another_currency_is_the_charge_and_what_came_of_it(
    books: StripeBooks, there: StripeLedger
) -> None:
    there.charged("ord_1", "jazz", 4500, 150, paid=4900, currency="usd", exchange_rate=1.09)
    found = await everything(books)
    assert [(each.kind, each.amount, each.fee, each.currency, each.order) for each in found.values()] == [
        (BookKind.CHARGE, 4500, 0, "EUR", "ord_1"),
        (BookKind.OTHER, 4900, 150, "USD", None),
    ]


@pytest.mark.parametrize(
    "odd",
    [
        *(
            {"amount": "4500"},
            {"amount": None},
            {"amount": 10**30},
            {"currency": None},
            {"currency": "€"},
            {"fee": True},
        ),
        *({"created": None}, {"created": 10**30}, {"created": "x"}, {"reporting_category": None, "amount": []}),
    ],
)
async def test_an_entry_that_can_not_be_read_hides_no_other(
    books: StripeBooks, there: StripeLedger, odd: dict[str, object]
) -> None:
    there.charged("ord_1", "jazz", 100)
    there.moved("charge", "charge", 100).update(odd, broken=True)
    there.charged("ord_2", "jazz", 100)
    found = list((await everything(books)).values())
    assert [each.kind.value for each in found] == ["charge", "unread", "charge"]
    assert (found[1].id, found[1].why == "") == ("txn_1", False)


async def test_what_strangers_write_onto_a_charge_is_kept_out_of_the_database(
    books: StripeBooks, there: StripeLedger
) -> None:
    there.charged("ord_1", "jazz", 100, source={"metadata": {"order": "a\0b", "sale": "jazz"}})
    there.charged("ord_2", "jazz", 100, source={"metadata": {"order": 7, "sale": ["jazz"]}}, broken=True)
    there.charged("ord_3", "jazz", 100, source={"metadata": "ord_3"}, broken=True)
    found = list((await everything(books)).values())
    assert [(each.kind, each.order) for each in found] == [(BookKind.CHARGE, None)] * 3


@pytest.mark.parametrize(
    "row", [{"id": "a\0b"}, {"id": "x" * 1_000}, None, 3, "txn", {}, {"id": None}, [], {"id": "txn_1", "source": 4}]
)
def test_what_is_no_entry_at_all_is_unread(row: object) -> None:
    (found,) = entries_of(row)
    assert found.kind is BookKind.UNREAD


async def test_a_dispute_names_its_order_and_has_its_entries(books: StripeBooks, there: StripeLedger) -> None:
    there.disputed("ord_1", "jazz", 3500, 1500)
    said = await books.dispute("dp_0")
    assert isinstance(said, DisputeSaid)
    assert (said.state, said.order, said.sale, said.amount, said.reason) == (
        *(DisputeState.OPEN, "ord_1", "jazz", 3500, "fraudulent"),
    )
    assert said.due_at == datetime.fromtimestamp(BEGAN + 7 * 86_400, UTC)
    assert [(each.id, each.kind, each.order, each.about, each.fee) for each in said.entries] == [
        ("txn_0", BookKind.DISPUTE, "ord_1", "dp_0", 1500)
    ]
    there.ends("dp_0", "won")
    said = await books.dispute("dp_0")
    assert isinstance(said, DisputeSaid)
    assert (said.state, [each.amount for each in said.entries]) == (DisputeState.WON, [-3500, 3500])
    assert await books.dispute("dp_none") == UnknownDispute()


async def test_an_inquiry_has_no_entries_and_is_over_without_any(books: StripeBooks, there: StripeLedger) -> None:
    there.disputed("ord_1", "jazz", 3500, inquiry=True)
    said = await books.dispute("dp_0")
    assert isinstance(said, DisputeSaid)
    assert (said.state, said.entries) == (DisputeState.OPEN, [])
    there.ends("dp_0", "warning_closed")
    said = await books.dispute("dp_0")
    assert isinstance(said, DisputeSaid)
    assert said.state is DisputeState.WON


async def test_books_that_can_not_be_read_say_so(books: StripeBooks, there: StripeLedger) -> None:
    there.disputed("ord_1", "jazz", 3500)
    there.broken = True
    assert isinstance(await books.page(SINCE), NotRead)
    assert isinstance(await books.dispute("dp_0"), NotRead)
    there.broken = False
    there.disputes["dp_0"] |= {"amount": "much", "broken": True}
    assert isinstance(await books.dispute("dp_0"), NotRead)
    refused = StripeApi("sk_test_another", there.url)
    lost = StripeApi(SECRET, nowhere())
    for api in (refused, lost):
        assert isinstance(await StripeBooks(api, "stripe:pac_1").page(SINCE), NotRead)
        await api.close()
