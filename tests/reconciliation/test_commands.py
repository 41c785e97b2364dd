"""`aforo payments …` and `aforo sandbox …`: an evening of money that goes wrong, and is put right."""

from __future__ import annotations

import asyncio
import os
import sys

from tests.orders.by_hand import KEYS, ordered, switched_on
from tests.orders.house import House
from tests.reconciliation.playing import all_right, bought, refunded

LATER = """
UPDATE payment SET answered_at = answered_at - interval '1 hour'
"""
AN_HOUR_AGO = "UPDATE sandbox_charge SET visible_at = visible_at - interval '1 hour'"


async def aforo(house: House, *words: str) -> tuple[int | None, str]:
    """What a command ends with, and what it says."""
    settings = house.engine.settings
    assert settings.secret is not None
    environment = {
        **os.environ,
        "AFORO_REDIS_URL": settings.redis_url or "",
        "AFORO_DATABASE_URL": settings.database_url or "",
        "AFORO_SECRET": settings.secret.get_secret_value(),
        "COLUMNS": "200",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", *words),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode().strip()


async def test_an_evening_of_money_that_goes_wrong(house: House) -> None:
    code, said = await aforo(house, "payments", "list")
    assert (code, said) == (0, "Nothing waits for anybody.")
    won, back, less = await bought(house, 0), await bought(house, 1), await bought(house, 2)
    await refunded(house, back)
    for each in (LATER, AN_HOUR_AGO):
        await house.engine.db.execute(each)

    assert (await aforo(house, "sandbox", "dispute", won.code))[1] == "The order is disputed."
    code, said = await aforo(house, "sandbox", "dispute", won.code)
    assert (code, "disputed already" in said) == (1, True)
    assert (await aforo(house, "sandbox", "dispute", won.code, "--won", "--lost"))[0] == 1
    assert (await aforo(house, "sandbox", "dispute", "nosuch"))[0] == 1
    assert (await aforo(house, "sandbox", "return", back.code))[1].startswith("1 came back.")
    code, said = await aforo(house, "sandbox", "return", won.code)
    assert (code, "Nothing was given back" in said) == (1, True)
    await house.engine.db.execute("UPDATE sandbox_charge SET amount = 4400 WHERE order_id = $1", less.id)

    code, said = await aforo(house, "payments", "reconcile")
    assert (code, "3 orders compared, 1 new disagreements; 0 are over, 1 are open." in said) == (3, True), said
    code, said = await aforo(house, "payments", "list")
    assert code == 0
    listed = {line.split()[0]: line for line in said.splitlines()[1:]}
    assert listed.keys() == {"dispute", "refund", "disagreement"}
    assert (won.code in listed["dispute"], back.code in listed["refund"]) == (True, True)
    assert ("returned" in listed["refund"], "amount_differs" in listed["disagreement"]) == (True, True)

    await house.engine.db.execute("UPDATE sandbox_charge SET amount = 4500 WHERE order_id = $1", less.id)
    await house.engine.db.execute("DELETE FROM provider_entry WHERE order_id = $1", less.id)
    assert (await aforo(house, "sandbox", "dispute", won.code, "--won"))[1] == "The dispute is won."
    code, said = await aforo(house, "payments", "reconcile", "--since", "2026-01-01")
    assert (code, "1 are over, 0 are open." in said) == (0, True), said
    assert (await aforo(house, "payments", "reconcile", "--since", "today"))[0] == 1
    assert "were paid out" in (await aforo(house, "sandbox", "pay-out"))[1]
    assert (await aforo(house, "sandbox", "pay-out"))[1] == "There is nothing to pay out."
    assert (await aforo(house, "payments", "reconcile"))[0] == 0
    await all_right(house)


async def test_a_member_says_at_the_command_line_that_money_came(house: House) -> None:
    await switched_on(house, KEYS)
    code, said = await aforo(house, "payments", "awaited")
    assert (code, said.strip()) == (0, "No money is awaited by hand.")
    order = await ordered(house, 1)
    view = await house.engine.orders.one(house.sale.id, order)
    assert view is not None
    code, said = await aforo(house, "payments", "awaited")
    assert code == 0
    assert view.code in said
    code, said = await aforo(house, "payments", "came", view.code, "44")
    assert code == 1
    assert "€45" in said
    assert (await aforo(house, "payments", "came", "NONE", "45"))[0] == 1
    for _ in range(2):
        code, said = await aforo(house, "payments", "came", view.code, "45.00", "--note", "TR 77")
        assert code == 0, said
        assert "The order is paid." in said
