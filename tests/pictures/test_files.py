"""What whoever keeps pictures must do, whichever it is."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from engine.parts import build_pictures
from engine.pictures import Files, FolderFiles, PostgresFiles
from engine.settings import Settings
from engine.stores.office import Office


@pytest.fixture(params=["postgres", "folder"])
def files(request: pytest.FixtureRequest, db: asyncpg.Pool, tmp_path: Path) -> Files:
    return PostgresFiles(db) if request.param == "postgres" else FolderFiles(tmp_path / "pictures")


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


async def test_who_puts_and_gets_at_once_finds_all_of_it_or_nothing(files: Files) -> None:
    body = b"x" * 500_000
    putting = [asyncio.create_task(files.put("a-480.webp", body)) for _ in range(8)]
    while not all(each.done() for each in putting):
        assert await files.get("a-480.webp") in {None, body}
    await asyncio.gather(*putting)
    assert await files.get("a-480.webp") == body


async def test_a_folder_keeps_nothing_but_pictures_and_is_not_left(tmp_path: Path) -> None:
    files = FolderFiles(tmp_path / "pictures")
    await files.put("a-480.webp", b"one")
    assert [each.name for each in (tmp_path / "pictures").iterdir()] == ["a-480.webp"]
    (tmp_path / "secret").write_bytes(b"secret")
    with pytest.raises(ValueError, match="lead out"):
        await files.get("../secret")


async def test_the_setting_says_where_they_lie(db: asyncpg.Pool, tmp_path: Path) -> None:
    for folder, found in (("", False), (str(tmp_path), True)):
        pictures = build_pictures(Settings(pictures_dir=folder), db, Office(db))
        await pictures.files.put("a-480.webp", b"one")
        assert (tmp_path / "a-480.webp").exists() == found
