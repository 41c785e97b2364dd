"""Keys of orders open them from the purchase on, whatever the worker that hashes them does, and can be read nowhere."""

import asyncio
import logging
import os
import secrets
import signal

import pytest

from engine.access import Sealer
from engine.engine import Engine
from engine.hashing import HASHER, Hashing, HashingEnded
from engine.keyring import Keyring
from engine.orders import Bought, CartChange, Orders
from engine.orders.key_hashing import KEYS_PER_BATCH, KeyHashing
from engine.orders.order_keys import KeptKey, OrderKeys
from engine.payments import Sandbox
from engine.refusals import Code, Refused
from engine.stores.keys import SALE_KEYS, sale_keys
from tests.eventually import until
from tests.orders.house import House

KEY = "tres tristes tigres"
DECLINED = "4000000000000002"
OTHER_SECRET = b"another secret of an installation"
TABLES = "SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public'"
AWAY = Refused(Code.BAD_ORDER_KEY)


class PatientKeys(OrderKeys):
    """Has hashed, and waits to be told to go on."""

    def __init__(self, sealer: Sealer) -> None:
        super().__init__(sealer)
        self.hashed, self.go_on = asyncio.Event(), asyncio.Event()

    async def hash_of(self, kept: KeptKey) -> str | None:
        key_hash = await super().hash_of(kept)
        self.hashed.set()
        await self.go_on.wait()
        return key_hash


class CountingKeys(OrderKeys):
    checks = 0

    def _verifies(self, key_hash: str, key: str) -> bool:
        self.checks += 1
        return super()._verifies(key_hash, key)


@pytest.fixture(autouse=True)
async def nothing_sealed(engine: Engine) -> None:
    """What other tests sealed is hashed already."""
    while await engine.orders.hash_keys():
        pass


async def choose(house: House, buyer: str, key: str) -> None:
    assert not isinstance(await house.engine.orders.change_cart(house.sale.id, buyer, CartChange(key=key)), Refused)


async def bought(house: House, *seats: int, key: str = KEY) -> Bought:
    buyer = await house.buyer_holding(*seats)
    await choose(house, buyer, key)
    answer = await house.buy(buyer)
    assert isinstance(answer, Bought)
    return answer


async def kept(house: House, order: str) -> str:
    text: str = await house.engine.db.fetchval("SELECT key_hash FROM orders WHERE id = $1", order)
    return text


async def kept_in_cart(house: House, buyer: str) -> str | None:
    text: str | None = await house.engine.db.fetchval(
        "SELECT key_hash FROM cart WHERE buyer_id = $1 AND sale_id = $2", buyer, house.sale.id
    )
    return text


async def opens(house: House, answer: Bought, key: str = KEY) -> bool:
    return await house.engine.orders.open(answer.order.code, key) == answer.order


async def test_a_key_opens_its_order_before_and_after_it_is_hashed(house: House) -> None:
    answer = await bought(house, 3)
    assert (await kept(house, answer.order.id)).startswith("sealed:")
    assert await opens(house, answer)
    assert await house.engine.orders.open(answer.order.code, "tres tigres") == AWAY
    assert await house.engine.orders.hash_keys() == 1
    assert (await kept(house, answer.order.id)).startswith("$argon2id$")
    assert await opens(house, answer)
    assert await house.engine.orders.open(answer.order.code, "tres tigres") == AWAY
    assert await house.engine.orders.hash_keys() == 0


async def test_more_than_a_batch_is_hashed_in_steps(house: House) -> None:
    answer = await bought(house, 3)
    await house.engine.db.execute(
        """INSERT INTO orders (sale_id, id, cart_id, buyer_id, state, total, currency, key_hash, code)
        SELECT sale_id, id || n, cart_id, buyer_id, 'failed', 0, 'EUR', key_hash, code || n
        FROM orders, generate_series(1, $2) AS n WHERE id = $1""",
        answer.order.id,
        KEYS_PER_BATCH,
    )
    hashed = 0
    while in_step := await house.engine.orders.hash_keys():
        hashed += in_step
    assert hashed == KEYS_PER_BATCH + 1
    assert await opens(house, answer)


async def test_a_key_can_be_read_nowhere(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = secrets.token_urlsafe(12)
    # What Redis dumps may be packed, which cuts a text in two at most.
    traces = (key, key[:8], key[8:])
    db, redis = house.engine.db, house.engine.redis

    async def look() -> None:
        for table in [row[0] for row in await db.fetch(TABLES)]:
            found = await db.fetchval(f"SELECT count(*) FROM {table} AS t WHERE strpos(t::text, $1) > 0", key)
            assert found == 0, table
        for name in sale_keys(house.sale.id, *SALE_KEYS):
            dump = await redis.dump(name) or b""
            assert not any(trace.encode() in dump for trace in traces), name
        assert key not in caplog.text

    buyer = await house.buyer_holding(3)
    await choose(house, buyer, key)
    await look()
    answer = await house.buy(buyer)
    assert isinstance(answer, Bought)
    assert key not in repr(answer)
    await look()
    assert await opens(house, answer, key)
    assert await house.engine.orders.hash_keys() == 1
    await look()


async def test_the_sealed_key_of_another_order_opens_nothing(house: House) -> None:
    mine, other = await bought(house, 3), await bought(house, 4, key="otra clave")
    for order, of in ((mine, other), (other, mine)):
        await house.engine.db.execute(
            "UPDATE orders SET key_hash = $2 WHERE id = $1", order.order.id, await kept(house, of.order.id)
        )
    assert not await opens(house, mine, "otra clave")
    assert not await opens(house, mine)
    await house.engine.db.execute("UPDATE orders SET key_hash = NULL WHERE sale_id = $1", house.sale.id)


async def test_hashes_of_an_older_aforo_stay_good(house: House) -> None:
    buyer = await house.buyer_holding(3, key_hash=HASHER.hash(KEY))
    answer = await house.buy(buyer)
    assert isinstance(answer, Bought)
    assert await house.engine.orders.hash_keys() == 0
    assert await opens(house, answer)
    assert not await opens(house, answer, "tres tigres")


async def test_a_key_chosen_anew_while_the_old_one_is_hashed_stays(house: House) -> None:
    buyer = await house.buyer_holding(3)
    await choose(house, buyer, "first key")
    assert isinstance(await house.buy(buyer, DECLINED), Refused)
    keys = PatientKeys(house.engine.sealer)
    hashing = asyncio.create_task(KeyHashing(house.engine.db, keys).step())
    await asyncio.wait_for(keys.hashed.wait(), 60)
    await choose(house, buyer, "second key")
    keys.go_on.set()
    assert await hashing == 1
    answer = await house.buy(buyer, order="two")
    assert isinstance(answer, Bought)
    for _ in range(2):
        assert await opens(house, answer, "second key")
        assert not await opens(house, answer, "first key")
        await house.engine.orders.hash_keys()
    await keys.close()


async def test_a_cart_whose_card_was_declined_buys_with_its_hashed_key(house: House) -> None:
    buyer = await house.buyer_holding(3)
    await choose(house, buyer, KEY)
    assert isinstance(await house.buy(buyer, DECLINED), Refused)
    assert await house.engine.orders.hash_keys() == 1
    assert (await kept_in_cart(house, buyer) or "").startswith("$argon2id$")
    answer = await house.buy(buyer, order="two")
    assert isinstance(answer, Bought)
    assert await opens(house, answer)


async def test_two_workers_hash_a_key_once(house: House) -> None:
    answer = await bought(house, 3)
    both = [PatientKeys(house.engine.sealer) for _ in range(2)]
    steps = [asyncio.create_task(KeyHashing(house.engine.db, keys).step()) for keys in both]
    for keys in both:
        await asyncio.wait_for(keys.hashed.wait(), 60)
    assert await opens(house, answer)
    both[0].go_on.set()
    assert await steps[0] == 1
    first = await kept(house, answer.order.id)
    both[1].go_on.set()
    assert await steps[1] == 0
    assert await kept(house, answer.order.id) == first
    assert await opens(house, answer)
    for keys in both:
        await keys.close()


async def test_a_worker_that_ends_between_hashing_and_writing_leaves_the_key_sealed(house: House) -> None:
    answer = await bought(house, 3)
    keys = PatientKeys(house.engine.sealer)
    step = asyncio.create_task(KeyHashing(house.engine.db, keys).step())
    await asyncio.wait_for(keys.hashed.wait(), 60)
    step.cancel()
    await asyncio.wait([step])
    await keys.close()
    assert (await kept(house, answer.order.id)).startswith("sealed:")
    assert await opens(house, answer)
    assert await house.engine.orders.hash_keys() == 1


async def test_an_order_that_a_purchase_holds_is_hashed_later(house: House) -> None:
    answer = await bought(house, 3)
    async with house.engine.db.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM orders WHERE id = $1 FOR UPDATE", answer.order.id)
        assert await asyncio.wait_for(house.engine.orders.hash_keys(), 60) == 0
    assert await house.engine.orders.hash_keys() == 1
    assert await opens(house, answer)


async def test_with_another_secret_keys_stay_sealed_until_the_right_one_is_back(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    engine, answer = house.engine, await bought(house, 3)
    sealed = await kept(house, answer.order.id)
    sealer = Sealer(Keyring.of_secret(OTHER_SECRET))
    stranger = Orders(
        db=engine.db,
        onsale=engine.onsale,
        read_sale=engine.catalog.sale_info,
        vault=engine.vault,
        kind_of=engine.catalog.kinds.of,
        bring=engine.catalog.allocations.bring,
        meeting=engine.orders.meeting,
        own_credit=engine.orders.own_credit,
        signer=engine.signer,
        sealer=sealer,
        provider=Sandbox(engine.db),
        tills=engine.orders._tills,
    )
    for _ in range(3):
        assert await stranger.hash_keys() == 0
    told = [record for record in caplog.records if "can't be unsealed" in record.getMessage()]
    assert len(told) == 1
    assert await kept(house, answer.order.id) == sealed
    assert await stranger.open(answer.order.code, KEY) == AWAY
    # What comes after what can't be unsealed is hashed all the same.
    buyer = await house.buyer_holding(4)
    assert not isinstance(await stranger.change_cart(house.sale.id, buyer, CartChange(key=KEY)), Refused)
    assert isinstance(await house.buy(buyer), Bought)
    assert await stranger.hash_keys() == 1
    await stranger.close()
    assert await engine.orders.hash_keys() == 1
    assert await opens(house, answer)


async def test_a_cart_that_ends_without_an_order_keeps_no_key(house: House) -> None:
    buyer = await house.buyer_holding(3)
    await choose(house, buyer, KEY)
    assert (await kept_in_cart(house, buyer) or "").startswith("sealed:")
    await house.sale.leave(buyer)
    await house.engine.orders.note_ended_carts()
    assert await kept_in_cart(house, buyer) is None


async def test_every_answer_costs_one_check(house: House) -> None:
    keys = CountingKeys(house.engine.sealer)
    sealed = KeptKey("jazz", "cart_1", keys.seal("jazz", "cart_1", KEY))
    key_hash = await keys.hash_of(sealed)
    assert key_hash is not None
    strange = KeptKey("jazz", "cart_2", sealed.text)
    hashed = KeptKey("jazz", "cart_1", key_hash)
    cases = ((None, KEY, False), (sealed, KEY, True), (sealed, "no", False), (strange, KEY, False), (hashed, KEY, True))
    for before, (each, key, fits) in enumerate(cases):
        assert keys.checks == before
        assert await keys.fits(key, each) is fits
    assert keys.checks == len(cases)
    await keys.close()


async def test_hashing_is_done_by_a_process_that_gives_way() -> None:
    hashing = Hashing()
    hashed = await hashing.hash(KEY)
    assert HASHER.verify(hashed, KEY)
    pid = hashing.pid
    assert pid is not None
    assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, 0)
    await hashing.close()
    assert await _is_gone(pid)


async def test_a_process_that_dies_while_it_hashes_is_told_and_the_next_one_hashes() -> None:
    hashing = Hashing()
    await hashing.hash(KEY)
    assert hashing.pid is not None
    os.kill(hashing.pid, signal.SIGSTOP)
    under_way = [asyncio.create_task(hashing.hash(f"{KEY} {number}")) for number in range(3)]
    await asyncio.sleep(0)
    os.kill(hashing.pid, signal.SIGKILL)
    for answer in await asyncio.gather(*under_way, return_exceptions=True):
        assert isinstance(answer, HashingEnded)
    assert HASHER.verify(await hashing.hash(KEY), KEY)
    await hashing.close()


async def test_once_all_is_hashed_the_process_ends_by_itself() -> None:
    hashing = Hashing()
    last = asyncio.create_task(hashing.hash(KEY))
    pid = await until("it has begun", lambda: _pid(hashing))
    assert pid is not None
    hashing.let_go()
    assert HASHER.verify(await last, KEY)
    await until("it is gone", lambda: _is_gone(pid))
    await hashing.close()


async def test_a_process_that_is_not_used_ends_and_the_next_key_starts_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.hashing.HASHING_UNUSED_S_MAX", 0.0)
    hashing = Hashing()
    await hashing.hash(KEY)
    assert hashing.pid is not None
    first = hashing.pid
    await until("it is gone", lambda: _is_gone(first))
    assert HASHER.verify(await hashing.hash(KEY), KEY)
    assert hashing.pid not in (None, first)
    await hashing.close()


async def _pid(hashing: Hashing) -> int | None:
    return hashing.pid


async def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
