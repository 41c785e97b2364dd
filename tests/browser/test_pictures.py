"""The face of an event: its picture as served from here, and a drawing where there is none."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.browser.buyer import Buyer, until
from tests.browser.site import SOON, Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]


@pytest.fixture
def stranger() -> Iterator[str]:
    """The address of a picture on somebody else's server."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((1200, 800)).convert("RGB").save(out, "JPEG")

    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(out.getvalue())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/boleros.jpg"
        server.shutdown()


def is_drawn(image: Locator) -> bool:
    return bool(image.evaluate("image => image.complete && image.naturalWidth > 0"))


def test_an_event_shows_its_picture_from_here(site: Site, buyers: NewBuyer, stranger: str) -> None:
    sale = site.sale(text=SOON.replace("zone:", f"picture: {stranger}\nperformers: [Los Panchos]\nzone:", 1))
    ana = buyers(site, phone=True)
    until(ana.page, lambda: bool(site.ask("GET", f"/api/sales/{sale}")["event"]["pictures"]))
    asked: list[str] = []
    ana.page.on("request", lambda request: asked.append(request.url))
    ana.open(f"/s/{sale}")
    image = ana.page.get_by_role("img", name="Picture of Jazz en el Rincón")
    expect(image).to_have_attribute("width", "1200")
    expect(image).to_have_attribute("height", "800")
    until(ana.page, lambda: is_drawn(image))
    expect(ana.page.get_by_text("Los Panchos")).to_be_visible()
    assert all(url.startswith(site.url) for url in asked), asked
    ana.open("/")
    card = ana.page.locator(f'a[href="/s/{sale}"] img')
    until(ana.page, lambda: is_drawn(card))


def test_an_event_without_a_picture_has_a_face_that_stays(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale(text=SOON)
    ana = buyers(site, phone=True)

    def face(place: str) -> str | None:
        drawn = ana.page.locator(f"{place} svg.picture path").first
        expect(drawn).to_be_attached()
        return drawn.get_attribute("d")

    ana.open(f"/s/{sale}")
    there = face("article")
    ana.open("/")
    assert face(f'a[href="/s/{sale}"]') == there
