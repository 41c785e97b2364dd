"""What is owed for a cart: cents that neither get lost nor appear, whatever is combined, and whoever lists it how."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.catalog.model import NO_DUES, PERCENT, Dues, Fee, Per, Tax
from engine.limits import PRICE_MINOR_MAX
from engine.pricing import Effect, Idle, Item, Owed, Reduction, Scope, owed_for

VAT = Tax("vat", "VAT", 10 * PERCENT, included=True)
SALES_TAX = Tax("sales", "Sales tax", 88_750, included=False)
SERVICE = Fee("service", "Service", Per.TICKET, 150)


def general(*prices: int) -> list[Item]:
    return [Item("general", "floor", price) for price in prices]


def percent(name: str, of: int, *, cap: int | None = None, exclusive: bool = False) -> Reduction:
    return Reduction(name, Effect.PERCENT, ppm=of * PERCENT, cap=cap, exclusive=exclusive)


# ── by hand ──


def test_without_rules_a_cart_costs_its_prices() -> None:
    owed = owed_for(general(4500, 3000))
    assert (owed.total, [line.owed for line in owed.lines], owed.fees, owed.off) == (7500, [4500, 3000], (), {})
    assert owed_for([]).total == 0


def test_ten_percent_included_and_a_fee_for_each() -> None:
    owed = owed_for(general(2000, 2000), Dues((SERVICE,), tax=VAT))
    assert owed.total == 4300
    assert [line.taxed for line in owed.lines] == [182, 182], "20.00 have 1.82 of 10 % in them"
    assert [(fee.by_item, fee.owed, fee.taxed) for fee in owed.fees] == [((150, 150), 300, 0)]
    assert owed.taxes == {VAT: (3636, 364)}


def test_a_tax_that_is_added_is_rounded_once_per_line() -> None:
    owed = owed_for(general(999, 999), Dues(tax=SALES_TAX))
    assert [line.taxed for line in owed.lines] == [89, 89], "8.875 % of 9.99 are 0.8866"
    assert owed.total == 2 * 1088


def test_each_type_has_its_tax_and_the_rest_the_one_of_the_sale() -> None:
    items = [Item("general", "floor", 1000), Item("product:shirt", "product:shirt", 1000), Item("child", "floor", 1000)]
    owed = owed_for(items, Dues(taxes={"product:shirt": SALES_TAX}, tax=VAT))
    assert [line.tax for line in owed.lines] == [VAT, SALES_TAX, VAT]
    assert owed.total == 3000 + 89


def test_what_is_free_bears_no_fee_unless_it_says_so() -> None:
    free = percent("all", 100)
    assert owed_for(general(2000), Dues((SERVICE,)), [free]).total == 0
    always = Fee("always", "Handling", Per.ORDER, 100, free_too=True)
    assert owed_for(general(2000), Dues((SERVICE, always)), [free]).total == 100
    assert owed_for(general(0), Dues((SERVICE,))).fees == ()


def test_a_fee_in_percent_is_of_what_is_left_after_coupons() -> None:
    rules = Dues((Fee("five", "Service", Per.ORDER, ppm=5 * PERCENT),))
    assert owed_for(general(2000, 2000), rules, [percent("half", 50)]).fees[0].owed == 100


def test_a_fee_of_one_type_is_borne_by_that_one() -> None:
    rules = Dues((Fee("vip", "Lounge", Per.TICKET, 500, types=frozenset({"vip"})),))
    owed = owed_for([Item("vip", "floor", 9000), *general(4500)], rules)
    assert owed.fees[0].by_item == (500, 0)


def test_a_fixed_sum_is_dealt_out_to_the_cent() -> None:
    owed = owed_for(general(1000, 1000, 1000), reductions=[Reduction("ten", Effect.FIXED, amount=1000)])
    assert sorted(line.discount for line in owed.lines) == [333, 333, 334]
    assert owed.off == {"ten": 1000}


def test_a_fixed_sum_never_takes_more_than_there_is() -> None:
    owed = owed_for(general(300, 200), reductions=[Reduction("ten", Effect.FIXED, amount=1000)])
    assert (owed.total, owed.off) == (0, {"ten": 500})


def test_fifty_off_each_vip_ticket_and_none_off_others() -> None:
    vip = Reduction("vip50", Effect.FIXED, amount=5000, per=Per.TICKET, scope=Scope(types=frozenset({"vip"})))
    owed = owed_for([Item("vip", "box", 12000), Item("vip", "box", 3000), *general(4500)], reductions=[vip])
    assert [line.owed for line in owed.lines] == [7000, 0, 4500]
    assert owed_for(general(4500), reductions=[vip]).idle == {"vip50": Idle.NOTHING}


def test_a_percentage_stops_at_its_cap_to_the_cent() -> None:
    owed = owed_for(general(3333, 3333, 3334), reductions=[percent("ten", 10, cap=100)])
    assert (owed.off, sum(line.discount for line in owed.lines)) == ({"ten": 100}, 100)


def test_a_price_of_its_own_makes_nothing_dearer() -> None:
    owed = owed_for(general(4500, 500), reductions=[Reduction("deal", Effect.PRICE, amount=1000)])
    assert [line.owed for line in owed.lines] == [1000, 500]


def test_of_so_many_items_the_dearest_are_taken() -> None:
    owed = owed_for(general(1000, 3000, 2000), reductions=[Reduction("one", Effect.FREE, items_max=1)])
    assert [line.owed for line in owed.lines] == [1000, 0, 2000]


def test_percentages_come_before_sums_whoever_types_which_first() -> None:
    ten, five = percent("ten", 10), Reduction("five", Effect.FIXED, amount=500)
    for typed in ([ten, five], [five, ten]):
        assert owed_for(general(10000), reductions=typed).total == 8500
        assert owed_for(general(10000), reductions=typed).off == {"ten": 1000, "five": 500}


def test_what_stands_alone_counts_where_it_takes_off_more() -> None:
    ten, five, big = percent("ten", 10), percent("five", 5), percent("big", 50, exclusive=True)
    owed = owed_for(general(10000), reductions=[ten, five, big])
    assert owed.off == {"big": 5000}
    assert owed.idle == {"ten": Idle.STANDS_BACK, "five": Idle.STANDS_BACK}
    small = percent("small", 5, exclusive=True)
    owed = owed_for(general(10000), reductions=[small, ten, five])
    assert (owed.total, owed.idle) == (8550, {"small": Idle.STANDS_ALONE})


def test_three_count_together_and_no_fourth() -> None:
    typed = [Reduction(name, Effect.FIXED, amount=100) for name in "dcba"]
    owed = owed_for(general(10000), reductions=typed)
    assert owed.off == {"d": 100, "c": 100, "b": 100}
    assert owed.idle == {"a": Idle.TOO_MANY}


# ── whatever is combined ──

prices = st.one_of(st.integers(0, 20_000), st.sampled_from([0, 1, PRICE_MINOR_MAX - 1, PRICE_MINOR_MAX]))
ppms = st.one_of(st.integers(0, 300_000), st.sampled_from([0, 1, 999_999, 1_000_000]))
types = st.sampled_from(["general", "vip", "child"])
places = st.sampled_from(["floor", "box"])
items = st.lists(st.builds(Item, types, places, prices), max_size=9)
scopes = st.builds(Scope, st.frozensets(types, max_size=2), st.frozensets(places, max_size=1))
taxes = st.one_of(st.none(), st.builds(Tax, st.sampled_from(["a", "b"]), st.just("T"), ppms, st.booleans()))
fees = st.builds(
    Fee,
    st.just("f"),
    st.just("Fee"),
    st.sampled_from(Per),
    prices,
    ppms,
    st.frozensets(types, max_size=2),
    taxes,
    st.booleans(),
)
rules = st.builds(Dues, st.lists(fees, max_size=3).map(tuple), st.dictionaries(types, taxes.filter(bool)), taxes)
effects = st.builds(
    Reduction,
    st.uuids().map(str),
    st.sampled_from(Effect),
    amount=prices,
    ppm=ppms,
    cap=st.one_of(st.none(), prices),
    per=st.sampled_from(Per),
    scope=scopes,
    items_max=st.one_of(st.none(), st.integers(1, 4)),
    exclusive=st.booleans(),
)
coupons = st.lists(effects, max_size=3)


def adds_up(cart: list[Item], owed: Owed) -> None:
    for item, line in zip(cart, owed.lines, strict=True):
        left = item.price - line.discount
        assert 0 <= left <= item.price
        assert line.owed == left + (line.taxed if line.tax is not None and not line.tax.included else 0)
        assert 0 <= line.taxed <= line.owed
    for fee in owed.fees:
        assert fee.fee.per is Per.ORDER or sum(fee.by_item) == fee.amount
        added = fee.taxed if fee.fee.tax is not None and not fee.fee.tax.included else 0
        assert fee.owed == fee.amount + added > 0
    assert owed.total == sum(line.owed for line in owed.lines) + sum(fee.owed for fee in owed.fees)
    assert sum(owed.off.values()) == sum(line.discount for line in owed.lines)
    assert sum(net + tax for net, tax in owed.taxes.values()) <= owed.total


@given(items, rules, coupons)
@settings(max_examples=400)
def test_lines_and_fees_add_up_and_none_is_below_zero(cart: list[Item], given: Dues, typed: list[Reduction]) -> None:
    owed = owed_for(cart, given, typed)
    adds_up(cart, owed)
    assert set(owed.off) | set(owed.idle) == {each.id for each in typed}
    assert not set(owed.off) & set(owed.idle)


@given(items, rules, coupons, st.randoms(use_true_random=False))
@settings(max_examples=400)
def test_the_order_of_items_and_coupons_changes_nothing(
    cart: list[Item], given: Dues, typed: list[Reduction], random: Random
) -> None:
    mixed, others = list(cart), list(typed)
    random.shuffle(mixed)
    random.shuffle(others)
    one, other = owed_for(cart, given, typed), owed_for(mixed, given, others)
    assert (one.total, one.off, one.idle, one.taxes) == (other.total, other.off, other.idle, other.taxes)
    by_line = sorted((item.type, item.place, line) for item, line in zip(cart, one.lines, strict=True))
    assert by_line == sorted((item.type, item.place, line) for item, line in zip(mixed, other.lines, strict=True))


@given(items, coupons)
def test_a_coupon_more_never_makes_a_cart_dearer(cart: list[Item], typed: list[Reduction]) -> None:
    totals = [owed_for(cart, NO_DUES, typed[:count]).total for count in range(len(typed) + 1)]
    assert totals == sorted(totals, reverse=True)


@given(st.lists(prices, max_size=6), st.builds(Tax, st.just("t"), st.just("T"), ppms, st.booleans()))
def test_taxes_are_what_a_fraction_rounded_half_up_says(amounts: list[int], tax: Tax) -> None:
    owed = owed_for(general(*amounts), Dues(tax=tax))
    for amount, line in zip(amounts, owed.lines, strict=True):
        whole = 1_000_000 + (tax.ppm if tax.included else 0)
        exact = Fraction(amount * tax.ppm, whole)
        rounded = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal(1), ROUND_HALF_UP)
        assert abs(line.taxed - exact) <= Fraction(1, 2)
        assert line.taxed == int(rounded) or exact.denominator == 2
