"""A gallery: a server of a stranger with pictures that are what they say, and others that are not."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network

import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from engine.audit import Act
from engine.limits import PICTURE_BYTES_MAX
from engine.outgoing import Outgoing
from engine.pictures import Pictures, PictureView, PostgresFiles, want
from engine.stores.office import Office

LOOPBACK = [IPv4Network("127.0.0.0/8")]
FILL = "INSERT INTO organizer (id, name) VALUES ('org_a', 'Sala Norte'), ('org_b', 'Sala Sur')"
DUE_NOW = "UPDATE picture SET due_at = now() WHERE state = 'due'"
A, B = Act("org_a", "test"), Act("org_b", "test")


def picture(width: int = 1200, height: int = 800, form: str = "JPEG", mode: str = "RGB", **save: object) -> bytes:
    """A picture with something in it: a gradient."""
    image = Image.linear_gradient("L").resize((width, height)).convert(mode)
    out = io.BytesIO()
    image.save(out, form, **save)
    return out.getvalue()


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few kilobytes that says it has billions of pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(10_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@dataclass
class Gallery:
    """A stranger's server: what lies at which path, and who came."""

    url: str = ""
    there: dict[str, web.Response | bytes] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)  # of the next answers
    hits: list[str] = field(default_factory=list)

    async def show(self, request: web.Request) -> web.StreamResponse:
        self.hits.append(request.path)
        if self.statuses:
            return web.Response(status=self.statuses.pop(0))
        match request.path:
            case "/huge":
                answer = web.StreamResponse(headers={"Content-Type": "image/png"})
                await answer.prepare(request)
                for _ in range(2 * PICTURE_BYTES_MAX // 65_536):
                    await answer.write(bytes(65_536))
                return answer
            case path if path.startswith("/round/"):
                at = int(path.removeprefix("/round/"))
                return web.Response(status=302, headers={"Location": f"/round/{at + 1}"})
        found = self.there.get(request.path, web.Response(status=404))
        # It lies about what it sends: only the bytes count.
        return web.Response(body=found, content_type="image/png") if isinstance(found, bytes) else found


@dataclass
class House:
    """Two organizers, their pictures, and the step of a worker by hand."""

    db: asyncpg.Pool
    pictures: Pictures
    gallery: Gallery

    async def want(self, path: str, by: Act = A) -> str:
        url = path if "://" in path else self.gallery.url + path
        async with self.db.acquire() as connection:
            await want(connection, by.organizer_id, url)
        return url

    async def shown(self, path: str, body: bytes | None = None, by: Act = A) -> PictureView:
        """What becomes of a picture that is wanted, after one try."""
        if body is not None:
            self.gallery.there[path] = body
        url = await self.want(path, by)
        await self.pictures.step()
        return await self.view(url, by)

    async def view(self, url: str, by: Act = A) -> PictureView:
        return next(each for each in await self.pictures.list(by.organizer_id) if each.url == url)

    async def again(self) -> None:
        """The next try, once its time has come."""
        await self.db.execute(DUE_NOW)
        await self.pictures.step()

    async def files(self) -> int:
        count: int = await self.db.fetchval("SELECT count(*) FROM picture_file")
        return count


@pytest.fixture
async def gallery() -> AsyncIterator[Gallery]:
    gallery = Gallery()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", gallery.show)
    async with TestServer(app) as server:
        gallery.url = f"http://127.0.0.1:{server.port}"
        yield gallery


@pytest.fixture
async def house(db: asyncpg.Pool, gallery: Gallery) -> AsyncIterator[House]:
    await db.execute(FILL)
    pictures = Pictures(db, Office(db), PostgresFiles(db), Outgoing(LOOPBACK))
    yield House(db, pictures, gallery)
    await pictures.close()
