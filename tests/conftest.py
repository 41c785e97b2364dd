"""Fixtures that every test may use; the stores they give are real servers in a private folder.

One Valkey and one Postgres per test process, started on first use. A test gets a database of its own, copied
from a template that holds the schema, and sale ids that no other test uses; nothing is ever flushed.
Tests marked `every_redis`, and those of scripts and sales, run on each kind of Redis there is: embedded Valkey, a
cluster of three, and the machine's redis-server.
"""

import asyncio
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from hypothesis import HealthCheck, settings

from engine.stores import database, schema
from engine.stores.embedded import EmbeddedStores
from engine.stores.embedded_valkey import EmbeddedValkey
from engine.stores.redis import RedisClient, connect
from loadtest.growth.valkeys import ValkeyCluster

pytest_plugins = ["tests.absent", "tests.covered.plugin"]

# How fast a machine is says nothing about what is tested.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# What is bought in tests is paid for with test cards, also where a test starts servers of its own.
os.environ.setdefault("AFORO_PROVIDER", "sandbox")

ROOT = Path(__file__).parent
TEMPLATE = "aforo_template"
VALKEY = "valkey"
REDIS_SERVER = shutil.which("redis-server")
# Folders whose tests need no mark: whatever they ask of Redis must hold on every kind.
ON_EVERY_REDIS = {"onsale", "property"}
LONG = {
    "browser",
    "checks",
    "faults",
    "keyring",
    "loadtest",
    "property",
    "rehearsals",
    "releases",
    "server",
    "strangers",
    "web",
}
KINDS_OF_REDIS = [VALKEY, "cluster", *(["redis-server"] if REDIS_SERVER else [])]


# Where files are kept in memory, and how much of both there should be.
MEMORY = Path("/dev/shm")
ROOM_BYTES = 6 * 2**30


def pytest_configure() -> None:
    """Databases of tests lie in memory where there is room: on a disk, making them takes longer than most tests.

    A run in the background may have been told to ignore signals, and what it starts would inherit that.
    """
    if "TMPDIR" not in os.environ and room_in_memory() >= ROOM_BYTES:
        os.environ["TMPDIR"], tempfile.tempdir = str(MEMORY), None
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def room_in_memory() -> int:
    if not os.access(MEMORY, os.W_OK):
        return 0
    about = dict(line.split(":") for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
    return min(shutil.disk_usage(MEMORY).free, int(about["MemAvailable"].removesuffix("kB")) * 1_024)


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A private folder that the account of an embedded Postgres can walk through."""
    folder = Path(tempfile.mkdtemp(prefix="aforo-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def stores(open_folder: Path) -> Iterator[EmbeddedStores]:
    """An embedded Valkey and Postgres for the whole session. A test that kills stores starts its own."""
    stores = EmbeddedStores(open_folder / "stores")
    asyncio.run(stores.start())
    asyncio.run(make_template(stores))
    yield stores
    asyncio.run(stores.stop())


async def make_template(stores: EmbeddedStores) -> None:
    """The schema, once; and no waiting for the disk, which is most of what a database for each test costs."""
    admin = await database.connect_one(stores.database_url)
    await admin.execute("ALTER SYSTEM SET fsync = off")
    await admin.execute("SELECT pg_reload_conf()")
    await admin.execute(f"CREATE DATABASE {TEMPLATE}")
    await admin.close()
    template = await database.connect_one(stores.postgres.url_of(TEMPLATE))
    await schema.apply(template, contract=True)
    await template.close()


@pytest.fixture
async def database_url(stores: EmbeddedStores) -> AsyncIterator[str]:
    """The address of a fresh database with the schema applied."""
    name = f"test_{secrets.token_hex(6)}"
    admin = await database.connect_one(stores.database_url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    yield stores.postgres.url_of(name)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture(scope="session")
def shared_database_url(stores: EmbeddedStores) -> str:
    """One database for the tests of folders where each keeps to a sale of its own: a copy for each costs most."""
    name = f"shared_{secrets.token_hex(6)}"

    async def make() -> None:
        admin = await database.connect_one(stores.database_url)
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        await admin.close()

    asyncio.run(make())
    return stores.postgres.url_of(name)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    """A pool on a fresh database with the schema applied."""
    pool = await database.connect(database_url)
    yield pool
    pool.terminate()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, so that no worker is left with one when the others have nothing to do any more."""
    items.sort(key=lambda item: item.path.relative_to(ROOT).parts[0] not in LONG)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    on_each = metafunc.definition.path.parent.name in ON_EVERY_REDIS
    on_each = on_each or metafunc.definition.get_closest_marker("every_redis") is not None
    if "redis_url" in metafunc.fixturenames and on_each:
        metafunc.parametrize("redis_url", KINDS_OF_REDIS, indirect=True, scope="session")


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest) -> str:
    """The address of a Redis of the kind that the test asks for; embedded Valkey when it does not ask."""
    match getattr(request, "param", VALKEY):
        case "cluster":
            cluster: ValkeyCluster = request.getfixturevalue("valkey_cluster")
            return cluster.url
        case "redis-server":
            server: EmbeddedValkey = request.getfixturevalue("redis_server")
            return server.url
        case _:
            stores: EmbeddedStores = request.getfixturevalue("stores")
            return stores.redis_url


@pytest.fixture(scope="session")
def valkey_cluster(open_folder: Path) -> Iterator[ValkeyCluster]:
    """Three nodes, started when the first test asks for them."""
    (open_folder / "cluster").mkdir()
    cluster = ValkeyCluster(open_folder / "cluster")
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def redis_server(open_folder: Path) -> Iterator[EmbeddedValkey]:
    """The redis-server that this machine has of its own."""
    assert REDIS_SERVER is not None, "asked for only where it is installed"
    folder = open_folder / "redis"
    server = EmbeddedValkey(folder, folder / "redis.sock", server=Path(REDIS_SERVER))
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisClient]:
    """A client of the session's Valkey; keep to the sale ids you were given."""
    client = await connect(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def fresh_sale_id() -> Callable[[], str]:
    """As many sale ids as a test needs, each used nowhere else."""
    return lambda: f"s-{secrets.token_hex(8)}"


@pytest.fixture
def sale_id(fresh_sale_id: Callable[[], str]) -> str:
    return fresh_sale_id()


@pytest.fixture(scope="session")
def localstripe() -> Iterator[str]:
    """The address of a stand-in for Stripe."""
    from tests.providers import stripe_wire

    with stripe_wire.running() as there:
        yield there
