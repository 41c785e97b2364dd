"""Scripts by content hash on a real Valkey, and MessagePack both ways."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.stores.redis import RedisClient
from engine.stores.scripts import Script, call, expand, pack, raw_bytes, script, unpack

pytestmark = pytest.mark.every_redis

ECHO = "return cmsgpack.pack(cmsgpack.unpack(ARGV[1]))"


def made(source: str) -> Script:
    return Script("test/made", source, hashlib.sha1(source.encode()).hexdigest())


async def test_a_script_unknown_to_the_server_is_given_whole_and_known_from_then_on(
    redis: RedisClient, sale_id: str
) -> None:
    what = made(f"-- {sale_id}\nreturn {{KEYS[1], ARGV[1]}}")
    assert await redis.script_exists(what.sha) == [False]
    assert await call(redis, what, ["a"], ["b"]) == [b"a", b"b"]
    # By its hash alone, on the node that has the key.
    assert await redis.execute_command("EVALSHA", what.sha, 1, "a", "b") == [b"a", b"b"]
    assert await call(redis, what, ["a"], [3]) == [b"a", b"3"]


async def test_bytes_survive_the_way_through_cmsgpack(redis: RedisClient) -> None:
    every_byte = bytes(range(256))
    back = unpack(await call(redis, made(ECHO), [], [pack({"bits": every_byte, "n": [1, -5, 2**40]})]))
    assert raw_bytes(back["bits"]) == every_byte
    assert back["n"] == [1, -5, 2**40]


@given(st.recursive(st.integers(-(2**53), 2**53) | st.text() | st.booleans() | st.none(), st.lists))
def test_what_is_packed_unpacks_the_same(value: object) -> None:
    assert unpack(pack(value)) == value


def test_fragments_are_included_once(tmp_path: Path) -> None:
    folder = tmp_path / "onsale"
    folder.mkdir()
    (folder / "_bits.lua").write_text("local bits = 1\n")
    (folder / "_seats.lua").write_text("-- include: onsale/_bits.lua\nlocal seats = bits\n")
    (folder / "seat_hold.lua").write_text(
        "-- seat_hold: test.\n-- include: onsale/_seats.lua\n-- include: onsale/_bits.lua\nreturn seats\n"
    )
    text = expand(tmp_path, "onsale/seat_hold.lua", set())
    assert text.count("local bits") == 1
    assert text.index("local bits") < text.index("local seats") < text.index("return seats")


def test_a_missing_fragment_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.lua").write_text("-- include: onsale/_gone.lua\n")
    with pytest.raises(FileNotFoundError, match="_gone"):
        expand(tmp_path, "a.lua", set())


def test_a_script_has_one_hash() -> None:
    assert script("stores/lease_renew") is script("stores/lease_renew")
    assert len(script("stores/lease_renew").sha) == 40
