"""The pages speak both wire formats: the same seat is seen, taken and bought over either."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.buyer import Buyer
from tests.browser.site import Site

pytestmark = pytest.mark.browser
NewBuyer = Callable[..., Buyer]


def test_one_buyer_speaks_messagepack_and_another_json(site: Site, buyers: NewBuyer) -> None:
    sale = site.sale()
    ana, leo = buyers(site), buyers(site)
    ana.context.add_init_script("localStorage.setItem('aforo.wire', 'msgpack')")
    heard: list[str | bytes] = []

    def keep(frame: str | bytes) -> None:
        heard.append(frame)

    ana.page.on("websocket", lambda opened: opened.on("framereceived", keep))
    ana.open_list(sale)
    leo.open_list(sale)
    leo.take("B", 5)
    expect(ana.seat("B", 5)).to_have_attribute("data-state", "gone")
    ana.take("B", 4)
    expect(leo.seat("B", 4)).to_have_attribute("data-state", "gone")
    assert heard
    assert all(isinstance(frame, bytes) for frame in heard)
    assert ana.buy().code
