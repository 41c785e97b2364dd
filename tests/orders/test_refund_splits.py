"""However an order is given back, in whatever steps: money goes back as money, and credit as credit."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.credit import Spend
from engine.orders.model import Line, OrderState
from engine.orders.refund_model import AsCredit, Way
from engine.orders.refund_plan import Owner, Plan, RefundAsk, plan_of
from engine.pricing import Part, left_of
from engine.refusals import Refused

PRICES = st.lists(st.integers(1, 9_999), min_size=1, max_size=5)
AS = st.sampled_from([None, None, AsCredit(), AsCredit(voucher=True, bonus_percent=33)])
ASKS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 20_000), st.booleans(), AS), min_size=1, max_size=8)
SHARES = st.lists(st.integers(0, 100), max_size=3)


def owner_of(prices: list[int], shares: list[int], *, by_hand: bool) -> Owner:
    """A paid order of these lines, so many percent of which each of some credits paid."""
    total = sum(prices)
    spends, left = [], total
    for at, share in enumerate(shares):
        amount = min(left, total * share // 100)
        left -= amount
        if amount:
            spends.append(Spend(f"crd_{at}", "voucher" if at % 2 else "credit", "", amount))
    lines = [Line(None, "floor", "general", price, tax=price // 11) for price in prices]
    parts = [Part(at, None, line.price, line.tax) for at, line in enumerate(lines)]
    return Owner(
        *("ord", OrderState.PAID, "buyer", "EUR", total, 0, 0, by_hand, lines, [True] * len(lines), parts, 1),
        spent=spends,
    )


def after(owner: Owner, plan: Plan) -> Owner:
    """The order once this was written."""
    back = {each.credit: each.amount for each in plan.returned}
    return replace(
        owner,
        given_back=owner.given_back + plan.amount,
        revision=plan.nth,
        state=plan.state_of_order,
        live=[live and at not in plan.ended for at, live in enumerate(owner.live)],
        parts=left_of(owner.parts, plan.parts),
        spent=[each._replace(amount=each.amount - back.get(each.credit, 0)) for each in owner.spent],
    )


@settings(max_examples=300, deadline=None)
@given(PRICES, SHARES, ASKS, st.booleans())
def test_what_was_paid_in_each_way_goes_back_in_it(
    prices: list[int], shares: list[int], asks: list[tuple[int, int, bool, AsCredit | None]], by_hand: bool
) -> None:
    owner = first = owner_of(prices, shares, by_hand=by_hand)
    credit = sum(each.amount for each in first.spent)
    money = returned = 0
    for line, amount, is_sum, as_credit in [*asks, (0, owner.total, False, None)]:
        whole = line == 5 or line >= len(prices)
        ask = RefundAsk("ord", "one", () if whole else (line,), as_credit=as_credit)
        if is_sum:
            ask = RefundAsk("ord", "one", amount=amount, as_credit=as_credit)
        plan = plan_of(owner, ask, {})
        if isinstance(plan, Refused):
            continue
        gives = plan.gives
        assert sum(gives.values()) == -plan.amount
        assert sum(plan.entries.values()) == plan.amount, "a movement balances"
        assert plan.amount == plan.money + sum(each.amount for each in plan.returned)
        assert not plan.returned or owner.money_left - plan.money == 0, "money goes back first"
        assert (plan.way is Way.PROVIDER) == (gives.get("refund_due", 0) < 0)
        money, returned = money + plan.money, returned + plan.amount - plan.money
        owner = after(owner, plan)
        assert owner.left >= 0
        assert all(each.amount >= 0 for each in owner.spent)
        assert owner.money_left == first.total - credit - money
    if not any(owner.live) and owner.left == 0:
        assert (money, returned) == (first.total - credit, credit)
