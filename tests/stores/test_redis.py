"""Connecting: a socket, TLS, a cluster named or discovered, and a store that is not there."""

import asyncio
import datetime as dt
import gc
import ipaddress
import os
import signal
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from redis.asyncio import Redis, RedisCluster
from redis.exceptions import RedisError

from engine.stores.embedded import EmbeddedStores
from engine.stores.embedded_valkey import EmbeddedValkey
from engine.stores.faults import StoreFault
from engine.stores.process import wait_until
from engine.stores.redis import connect, without_password
from loadtest.growth.valkeys import ValkeyCluster


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    unlocked = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unlocked)
    path.write_bytes(secret + built.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
async def tls_port(stores: EmbeddedStores, certificate: Path) -> AsyncIterator[int]:
    """A port that speaks TLS and passes what it hears to the embedded Valkey."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    async def pour(source: asyncio.StreamReader, into: asyncio.StreamWriter) -> None:
        while heard := await source.read(65_536):
            into.write(heard)
            await into.drain()
        into.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(stores.valkey.socket_path)
        await asyncio.gather(pour(reader, inner_writer), pour(inner_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def test_a_socket(stores: EmbeddedStores) -> None:
    client = await connect(stores.redis_url)
    assert isinstance(client, Redis)
    assert await client.ping()
    await client.aclose()


async def test_tls_with_a_certificate_it_trusts(tls_port: int, certificate: Path) -> None:
    client = await connect(f"rediss://127.0.0.1:{tls_port}?ssl_ca_certs={certificate}")
    assert await client.ping()
    await client.aclose()


async def test_tls_with_a_certificate_it_does_not_trust_is_refused(tls_port: int) -> None:
    with pytest.raises(StoreFault, match="certificate"):
        await connect(f"rediss://127.0.0.1:{tls_port}")


async def test_a_cluster_by_name_and_one_found_behind_a_plain_address(
    valkey_cluster: ValkeyCluster, sale_id: str
) -> None:
    node = valkey_cluster.nodes[0]
    for url in (valkey_cluster.url, f"redis://127.0.0.1:{node.port}"):
        client = await connect(url)
        assert isinstance(client, RedisCluster)
        for number in range(20):
            await client.set(f"test:{{{sale_id}-{number}}}", number)
            assert await client.get(f"test:{{{sale_id}-{number}}}") == str(number).encode()
        await client.aclose()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_cluster_that_loses_a_node_says_so_as_a_server_does(tmp_path: Path, sale_id: str) -> None:
    """Whoever waits for the store to come back knows one kind of error, whatever the client trips over."""
    cluster = ValkeyCluster(tmp_path)
    try:
        await asyncio.to_thread(cluster.start)
        assert await met_by_askers(cluster, sale_id)
    finally:
        await asyncio.to_thread(cluster.stop)
    gc.collect()  # the client leaves connections to nodes it gave up unclosed; let that be told here


async def met_by_askers(cluster: ValkeyCluster, sale_id: str) -> list[Exception]:
    """The errors that many askers meet while a node dies; one of another kind ends the test."""
    client = await connect(cluster.url)
    met: list[Exception] = []
    dead = asyncio.Event()

    async def ask(number: int) -> None:
        while not (dead.is_set() and met):
            try:
                await client.set(f"test:{{{sale_id}-{number}}}", number)
            except (RedisError, OSError) as error:
                met.append(error)

    async with asyncio.timeout(30), asyncio.TaskGroup() as asking:
        for number in range(30):
            asking.create_task(ask(number))
        await asyncio.to_thread(kill, cluster.nodes[0])
        dead.set()
    await client.aclose()
    return met


def kill(node: EmbeddedValkey) -> None:
    assert node.pid is not None
    os.kill(node.pid, signal.SIGKILL)
    wait_until(lambda: not node.alive(), 10)


async def test_a_cluster_that_is_not_there_is_a_fault() -> None:
    with pytest.raises(StoreFault, match="does not answer"):
        await connect("redis+cluster://127.0.0.1:1")


async def test_a_store_that_is_not_there_is_a_fault_without_its_password() -> None:
    with pytest.raises(StoreFault) as caught:
        await connect("redis://me:hidden@127.0.0.1:1/0")
    assert "127.0.0.1:1" in str(caught.value)
    assert "hidden" not in str(caught.value)


async def test_an_address_of_another_kind_is_named() -> None:
    with pytest.raises(StoreFault, match="AFORO_REDIS_URL must begin with"):
        await connect("http://127.0.0.1")


def test_a_password_is_left_out_of_logs() -> None:
    assert without_password("rediss://me:hidden@host:1/0?password=x") == "rediss://host:1/0"
