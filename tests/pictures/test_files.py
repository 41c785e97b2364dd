"""What whoever keeps pictures must do, whichever it is."""

from __future__ import annotations

import asyncpg
import pytest

from engine.pictures import Files, PostgresFiles


@pytest.fixture(params=["postgres"])
def files(request: pytest.FixtureRequest, db: asyncpg.Pool) -> Files:
    return {"postgres": PostgresFiles(db)}[request.param]


async def test_what_was_put_is_got(files: Files) -> None:
    body = bytes(range(256)) * 4_000
    await files.put("a-480.webp", body)
    assert await files.get("a-480.webp") == body


async def test_a_name_stands_for_the_same_bytes_for_ever(files: Files) -> None:
    await files.put("a-480.webp", b"first")
    await files.put("a-480.webp", b"second")
    assert await files.get("a-480.webp") == b"first"


async def test_what_is_not_there_is_none_and_may_be_deleted(files: Files) -> None:
    assert await files.get("nobody-480.webp") is None
    await files.delete("nobody-480.webp")


async def test_what_was_deleted_is_gone_and_may_come_again(files: Files) -> None:
    await files.put("a-480.webp", b"one")
    await files.put("b-480.webp", b"other")
    await files.delete("a-480.webp")
    assert await files.get("a-480.webp") is None
    assert await files.get("b-480.webp") == b"other"
    await files.put("a-480.webp", b"again")
    assert await files.get("a-480.webp") == b"again"
