"""Pictures: fetched once, drawn anew, kept; what is no picture, or too much of one, hurts nobody."""

from __future__ import annotations

import io
from ipaddress import IPv4Network

import asyncpg
import pytest
from PIL import Image

from engine.limits import PICTURE_RETRIES_S, PICTURE_WIDTHS
from engine.outgoing import Outgoing
from engine.pictures import Pictures, PictureState, PictureView, PostgresFiles, Size
from engine.refusals import Refused
from engine.stores.office import Office
from tests.pictures.conftest import FILL, A, B, Gallery, House, bomb, picture

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def sizes(view: PictureView) -> tuple[Size, ...]:
    assert view.shown is not None, view.fault
    return view.shown.sizes


HTML = b"<!doctype html><script>alert(1)</script>"


async def test_a_picture_is_kept_in_widths_of_phones_and_desks(house: House) -> None:
    view = await house.shown("/wide.jpg", picture(3000, 2000))
    assert view.state is PictureState.KEPT
    assert [(size.width, size.height) for size in sizes(view)] == [(480, 320), (960, 640), (1600, 1067)]
    for size in sizes(view):
        body = await house.pictures.files.get(size.name)
        assert body is not None
        with Image.open(io.BytesIO(body)) as drawn:
            assert (drawn.format, drawn.size) == ("WEBP", (size.width, size.height))


async def test_nothing_is_drawn_wider_than_it_came(house: House) -> None:
    assert [size.width for size in sizes(await house.shown("/small.png", picture(300, 200, "PNG")))] == [300]
    assert [size.width for size in sizes(await house.shown("/phone.png", picture(960, 640, "PNG")))] == [480, 960]
    assert max(PICTURE_WIDTHS) == 1600


@pytest.mark.parametrize(
    ("form", "mode"), [("PNG", "RGBA"), ("PNG", "L"), ("JPEG", "CMYK"), ("WEBP", "RGB"), ("GIF", "P")]
)
async def test_every_form_and_mode_is_drawn(house: House, form: str, mode: str) -> None:
    assert (await house.shown("/any", picture(200, 200, form, mode))).state is PictureState.KEPT


async def test_of_a_moving_picture_the_first_is_shown(house: House) -> None:
    frames = [Image.new("RGB", (100, 100), colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    view = await house.shown("/moving.gif", out.getvalue())
    body = await house.pictures.files.get(sizes(view)[0].name)
    assert body is not None
    with Image.open(io.BytesIO(body)) as drawn:
        assert getattr(drawn, "n_frames", 1) == 1
        red, _, blue = drawn.convert("RGB").getpixel((50, 50))  # type: tuple[int, int, int]
        assert red > blue


async def test_where_it_was_taken_stays_with_whoever_took_it(house: House) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera of Ana"
    exif.get_ifd(0x8825)[2] = (41.0, 39.0, 0.0)  # GPS latitude
    exif[0x0112] = 6  # held upright
    body = picture(400, 200, exif=exif)
    assert b"Camera of Ana" in body
    view = await house.shown("/gps.jpg", body)
    assert (sizes(view)[0].width, sizes(view)[0].height) == (200, 400), "it was not turned as the camera was held"
    drawn = await house.pictures.files.get(sizes(view)[0].name)
    assert drawn is not None
    assert b"Camera of Ana" not in drawn
    with Image.open(io.BytesIO(drawn)) as seen:
        assert not dict(seen.getexif())


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (SVG, "no JPEG"),
        (HTML, "no JPEG"),
        (b"", "no JPEG"),
        (picture()[:5_000], "no JPEG"),
        (picture(10, 10, "PNG"), "the least"),
        (bomb(), "too many"),
        (bomb(12_001, 100), "too many"),
        (picture(400, 400, "BMP"), "no JPEG"),
        (picture(400, 400, "TIFF"), "no JPEG"),
    ],
    ids=["svg", "html", "nothing", "half", "tiny", "bomb", "strip", "bmp", "tiff"],
)
async def test_what_is_no_picture_is_told_and_not_tried_again(house: House, body: bytes, why: str) -> None:
    view = await house.shown("/it", body)
    assert view.state is PictureState.FAILED
    assert why in view.fault
    assert await house.files() == 0
    assert await house.pictures.due_s() is None


async def test_no_more_is_read_than_a_picture_may_have(house: House) -> None:
    view = await house.shown("/huge")
    assert "too large" in view.fault


async def test_a_stranger_who_does_not_answer_is_asked_again_later_each_time(house: House) -> None:
    house.gallery.there["/late.jpg"] = picture(200, 200)
    house.gallery.statuses = [500, 503]
    view = await house.shown("/late.jpg")
    assert (view.state, view.fault) == (PictureState.DUE, "the answer is 500")
    due_s = await house.pictures.due_s()
    assert due_s is not None
    assert PICTURE_RETRIES_S[0] - 30 < due_s <= PICTURE_RETRIES_S[0]
    await house.again()
    await house.again()
    assert (await house.view(view.url)).state is PictureState.KEPT


async def test_after_the_last_try_it_fails_until_somebody_asks(house: House) -> None:
    house.gallery.statuses = [500] * (len(PICTURE_RETRIES_S) + 1)
    view = await house.shown("/never.jpg", picture(200, 200))
    for _ in PICTURE_RETRIES_S:
        await house.again()
    assert (await house.view(view.url)).state is PictureState.FAILED
    assert await house.pictures.fetch_again(A, view.url) is None
    await house.pictures.step()
    assert (await house.view(view.url)).state is PictureState.KEPT


async def test_what_is_gone_is_not_asked_for_again(house: House) -> None:
    view = await house.shown("/absent.jpg")
    assert (view.state, view.fault) == (PictureState.FAILED, "the answer is 404")


async def test_redirects_are_followed_and_come_to_an_end(house: House, gallery: Gallery) -> None:
    view = await house.shown("/round/0")
    assert view.state is PictureState.FAILED
    assert len(gallery.hits) == 4


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://user:word@example.org/x",
        "boleros.jpg",
    ],
)
async def test_nothing_of_ours_is_fetched(db: asyncpg.Pool, gallery: Gallery, url: str) -> None:
    await db.execute(FILL)
    pictures = Pictures(db, Office(db), PostgresFiles(db), Outgoing())
    house = House(db, pictures, gallery)
    await house.want(url)
    if "://" not in url:
        await db.execute("UPDATE picture SET url = $1", url)
    await pictures.step()
    (view,) = await pictures.list("org_a")
    assert view.state is PictureState.FAILED
    await pictures.close()
    assert gallery.hits == []


async def test_a_redirect_leads_to_nothing_of_ours(db: asyncpg.Pool, gallery: Gallery) -> None:
    """The first address may be called, the one it leads to may not, though the same server answers there."""
    from aiohttp import web

    await db.execute(FILL)
    pictures = Pictures(db, Office(db), PostgresFiles(db), Outgoing([IPv4Network("127.0.0.1/32")]))
    house = House(db, pictures, gallery)
    port = gallery.url.rpartition(":")[2]
    gallery.there["/door"] = web.Response(status=302, headers={"Location": f"http://127.0.0.2:{port}/secret"})
    gallery.there["/secret"] = picture(200, 200)
    view = await house.shown("/door")
    assert view.state is PictureState.FAILED
    assert gallery.hits == ["/door"]
    await pictures.close()


async def test_two_organizers_with_one_address_know_nothing_of_each_other(house: House) -> None:
    first = await house.shown("/same.jpg", picture(200, 200))
    house.gallery.statuses = [404]
    second = await house.shown("/same.jpg", by=B)
    assert (first.state, second.state) == (PictureState.KEPT, PictureState.FAILED)
    assert await house.pictures.fetch_again(B, second.url) is None
    await house.pictures.step()
    assert (await house.view(second.url, B)).shown == first.shown
    assert await house.files() == 1


async def test_what_is_taken_down_is_gone_unless_another_shows_it(house: House) -> None:
    url = (await house.shown("/same.jpg", picture(200, 200))).url
    await house.shown("/same.jpg", by=B)
    assert await house.pictures.take_down(A, url) is None
    assert (await house.view(url)).state is PictureState.FAILED
    assert await house.files() == 1
    assert await house.pictures.take_down(B, url) is None
    assert await house.files() == 0
    assert isinstance(await house.pictures.take_down(A, "https://example.org/unknown.jpg"), Refused)


async def test_a_worker_that_died_leaves_a_picture_that_is_due(house: House) -> None:
    house.gallery.there["/left.jpg"] = picture(200, 200)
    url = await house.want("/left.jpg")
    from engine.pictures import sql

    assert await house.db.fetch(sql.TAKE_DUE, 1, 180.0)  # and it is heard of no more
    assert await house.pictures.step() == 0
    await house.again()
    assert (await house.view(url)).state is PictureState.KEPT
