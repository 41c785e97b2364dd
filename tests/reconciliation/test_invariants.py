"""What `aforo verify --all` says when a row of the money at providers is changed behind everybody's back."""

from __future__ import annotations

import pytest

from engine.payments import DisputeState
from engine.verify import verify_contexts
from tests.orders.house import House
from tests.reconciliation.playing import all_right, bought, by, disputed, ended, reconciled, refunded


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("UPDATE provider_entry SET fee = fee + 1 WHERE kind = 'charge'", "clearing is"),
        ("DELETE FROM provider_entry WHERE kind = 'dispute_won'", "clearing is|its bank has"),
        ("UPDATE payment SET amount = amount + 1 WHERE amount > 0", "clearing is"),
        ("UPDATE refund SET state = 'failed', failure = 'x' WHERE state = 'done'", "clearing is"),
        (
            "UPDATE provider_entry SET accounts = '{clearing,elsewhere,provider_fee}'"
            " WHERE kind = 'dispute' AND about = (SELECT id FROM dispute WHERE state = 'won')",
            "its bank has",
        ),
        ("UPDATE dispute SET state = 'won', ended_at = now() WHERE state = 'open'", "its bank has"),
        ("UPDATE ticket SET blocked_at = NULL", "tickets open nothing"),
        ("UPDATE ticket SET blocked_at = now()", "tickets open nothing"),
        ("UPDATE payment SET disputed = NOT disputed", "noted as disputed"),
    ],
)
async def test_what_does_not_hold_is_named(house: House, wrong: str, said: str) -> None:
    await house.engine.reconciliation.disputes.choose(by(house), blocks=True)
    open_, won, back = await bought(house, 0), await bought(house, 1), await bought(house, 2)
    await disputed(house, open_)
    await disputed(house, won)
    await ended(house, won, DisputeState.WON)
    await refunded(house, back, 1000)
    await reconciled(house)
    await all_right(house)
    await house.engine.db.execute(wrong)
    found = (await verify_contexts(house.engine, grace_s=0))["reconciliation"]
    assert {each.invariant for each in found} == {30}
    assert any(words in str(each) for each in found for words in said.split("|")), found
