"""What `aforo up`, `serve` and `work` do, from start to stop.

Owns: the order of things - children load while the stores start, the schema is looked at before anybody
works - and what is printed. Fails with StartFault or StoreFault before anything is left running.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any

from engine.access import ApiKeys, NewKey
from engine.audit import Act, ActorKind
from engine.catalog.demo import DemoSale
from engine.ending import end
from engine.keyring import KeyringStore, roots_of
from engine.promos.demo import NEAR
from engine.settings import ADDRESS_FILE, Settings
from engine.stores import database, schema
from engine.stores.embedded import EmbeddedStores
from engine.stores.standing import check
from server.observe import logs
from server.processes.leash import Go
from server.processes.supervisor import StartFault, Supervisor

FIRST_ORGANIZER = "Organizer"
DEMO_EMAIL = "demo@example.org"
FIRST_KEY_LABEL = "made at the first start"
NO_PROVIDER = (
    "No payment provider is set, so nothing that costs something can be bought, and /readyz says so.\n"
    "  To sell with test cards and no money, start it with AFORO_PROVIDER=sandbox"
)


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def run_up(settings: Settings, *, demo: bool) -> None:
    """Everything on one machine, until a signal. The demo is paid for with test cards unless something else is set."""
    if demo:
        shows_mail = not settings.smtp_url.get_secret_value()
        settings = settings.model_copy(update={"provider": settings.provider or "sandbox", "dev_mail": shows_mail})
    logs.configure(settings.log_format, settings.log_level)
    roles = ["serve"] * settings.processes + ["work"]
    stop = stop_signal()
    async with supervised(settings, roles) as supervisor, stores_of(settings) as (redis_url, database_url):
        go = Go.of(settings, redis_url, database_url)
        try:
            await look_after(settings, database_url, ours=settings.database_url is None)
            key = await first_key(database_url)
            supervisor.go(go)
            await until(stop, supervisor.ready())
            settings = settings.model_copy(update={"port": supervisor.port})
            with told_where(settings):
                if not stop.is_set():
                    shown = await demo_sales(go.settings(settings)) if demo else []
                    password = await demo_account(go.settings(settings)) if demo else None
                    print(welcome(settings, key, shown, password), flush=True)
                await stop.wait()
            tell("stopping …")
        finally:
            await supervisor.stop()  # before the stores


async def run_roles(settings: Settings, roles: list[str]) -> None:
    """Children alone, on stores that run elsewhere."""
    logs.configure(settings.log_format, settings.log_level)
    if settings.redis_url is None or settings.database_url is None:
        raise StartFault(
            "Set AFORO_REDIS_URL, AFORO_DATABASE_URL and AFORO_SECRET, or use `aforo up`, which brings its own stores."
        )
    stop = stop_signal()
    async with supervised(settings, roles) as supervisor:
        await look_after(settings, settings.database_url, ours=False)
        supervisor.go(Go.of(settings, settings.redis_url, settings.database_url))
        await until(stop, supervisor.ready())
        tell(f"ready: {', '.join(roles)}")
        if not settings.provider:
            tell(NO_PROVIDER)
        await stop.wait()
        await supervisor.stop()


@contextmanager
def told_where(settings: Settings) -> Iterator[None]:
    """Commands on the same data folder find the servers by this."""
    if not settings.embedded:
        yield
        return
    path = settings.data_dir / ADDRESS_FILE
    path.write_text(settings.near_url, encoding="ascii")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@asynccontextmanager
async def supervised(settings: Settings, roles: list[str]) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(settings, roles, tell)
    supervisor.start()
    try:
        yield supervisor
    finally:
        await supervisor.stop()


@asynccontextmanager
async def stores_of(settings: Settings) -> AsyncIterator[tuple[str, str]]:
    """The stores' addresses: embedded ones are started here, and started again when they die."""
    if not settings.embedded:
        assert settings.redis_url is not None
        assert settings.database_url is not None
        yield settings.redis_url, settings.database_url
        return
    ours = EmbeddedStores(settings.data_dir, valkey=settings.redis_url is None, postgres=settings.database_url is None)
    async with ours as stores:
        keeping = asyncio.create_task(stores.keep(tell))
        try:
            yield settings.redis_url or stores.redis_url, settings.database_url or stores.database_url
        finally:
            await end([keeping])


async def look_after(settings: Settings, database_url: str, *, ours: bool) -> None:
    """Bring our own database to this version's schema, or check an external one. Then check that its keys unwrap."""
    connection = await database.connect_one(database_url)
    try:
        if ours:
            await schema.apply(connection, contract=True, tell=tell)
        else:
            await check(connection)
    finally:
        await connection.close()
    pool = await database.connect(database_url, connections_max=1)
    try:
        await KeyringStore.open(pool, roots_of(settings))
    finally:
        await pool.close()


async def first_key(database_url: str) -> NewKey | None:
    """Make the first organizer and key, if there is none."""
    pool = await database.connect(database_url, connections_max=1)
    try:
        access = ApiKeys(pool)
        if await access.first_organizer() is not None:
            return None
        return await access.create(await access.create_organizer(FIRST_ORGANIZER), FIRST_KEY_LABEL)
    finally:
        await pool.close()


async def demo_sales(settings: Settings) -> list[DemoSale]:
    """Fill the catalog with demo sales; existing ones stay."""
    from engine.catalog.demo import ensure_demo, ensure_demo_organizer
    from engine.engine import Engine
    from engine.promos.demo import ensure_demo_promos

    async with Engine.open(settings) as engine:
        organizer = await engine.access.first_organizer()
        assert organizer is not None, "the first start made one"
        by = Act(organizer, "demo", ActorKind.ITSELF)
        await ensure_demo_organizer(engine.organizers, by, FIRST_ORGANIZER)
        await ensure_demo_promos(engine.db, engine.promos.shelf, by)
        return await ensure_demo(engine.catalog, by, datetime.now(UTC))


async def demo_account(settings: Settings) -> str:
    """An account to log in to the office with; its password is another one at each start."""
    from engine.access import Role
    from engine.engine import Engine

    password = "-".join(secrets.token_hex(2) for _ in range(4))
    async with Engine.open(settings) as engine:
        organizer = await engine.access.first_organizer()
        assert organizer is not None, "the first start made one"
        by, hashed = Act(organizer, "demo", ActorKind.ITSELF), await engine.accounts.passwords.hashed(password)
        async with engine.db.acquire() as connection, connection.transaction():
            made = await engine.accounts.make(connection, DEMO_EMAIL, name="Demo", hashed=hashed)
            if made is not None:
                await engine.accounts.grants.add(connection, by, made, Role.OWNER)
            else:
                await engine.accounts.changing.demo_password(connection, DEMO_EMAIL, hashed)
    return password


def stop_signal() -> asyncio.Event:
    """Set by SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    return stop


async def until(stop: asyncio.Event, ready: Coroutine[Any, Any, None]) -> None:
    """Wait for readiness, but not past a stop."""
    tasks: set[asyncio.Task[Any]] = {asyncio.create_task(ready), asyncio.create_task(stop.wait())}
    done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    for task in done:
        task.result()


def welcome(settings: Settings, key: NewKey | None, shown: Sequence[DemoSale], password: str | None = None) -> str:
    """The text printed once everything runs."""
    base = settings.public_url
    ws = base.replace("http", "ws", 1) + "/ws"
    lines = [
        "",
        f"Aforo runs at {base}",
        f"  live socket   {ws}",
        f"  the office    {base}/office",
        f"  the API       {base}/api/docs",
    ]
    if settings.dev_mail:
        lines += [f"  letters, SMS  {settings.near_url}/dev/mail  (from this machine only)"]
    if key is not None:
        lines += ["", "Your API key (shown once, keep it):", f"  {key.key}"]
    if password is not None:
        lines += ["", f"Sign in to the office as {DEMO_EMAIL}, password {password} (another one at the next start)"]
    if not settings.provider:
        lines += ["", NO_PROVIDER]
    if shown:
        lines += ["", "Sales to look at:"]
        lines += [f"  {base}/s/{sale.id}  {sale.name} ({sale.state})" for sale in shown]
        lines += [f"  {base}/promos  flash promos round {NEAR}, for a browser that says it is there"]
    sale = shown[0].id if shown else "…"
    lines += [
        "",
        "Try it:",
        f"  npx wscat -s aforo.json.1 -c {ws}",
        f'    {{"id": 1, "do": "watch", "sale": "{sale}", "topics": ["room", "counters"]}}',
        f"  websocat --protocol aforo.json.1 {ws}",
        f"  curl {base}/api/sales",
        "",
        "Ctrl-C stops everything; the data stays in " + str(settings.data_dir),
    ]
    return "\n".join(lines)
