"""What a first page costs: all JavaScript that a page loads at once stays below 90 KB gzipped."""

import gzip

import pytest

from server.pages.assets import BUILT, Assets
from tests.absent import build_pages

pytestmark = [pytest.mark.node, pytest.mark.timeout(300)]

GZIPPED_BYTES_MAX = 90_000
VIEWS = {
    "buyer": ("home", "event", "room", "seats", "checkout", "tickets", "order", "promos", "account"),
    "office": ("today", "events", "sale", "orders", "sign-in", "account"),
}


@pytest.mark.parametrize(("program", "view"), [(program, view) for program in VIEWS for view in VIEWS[program]])
def test_the_javascript_of_a_first_page_is_small(program: str, view: str) -> None:
    build_pages().build()
    assets = Assets(BUILT)
    entry = assets.entry(program, f"{program}/pages/{view}.tsx", f"{program}/i18n/es.ts", "shared/i18n/es.ts")
    assert entry is not None
    assert any(f"/{view}-" in script for script in entry.preloads), f"{view} is not built as a part of its own"
    files = [assets.file(script.removeprefix("/")) for script in (entry.script, *entry.preloads)]
    total = sum(len(gzip.compress(file.bodies["identity"], 9)) for file in files if file is not None)
    assert len(files) > 2
    assert total <= GZIPPED_BYTES_MAX, f"{view}: {total} bytes"


def test_whoever_buys_loads_nothing_of_accounts() -> None:
    build_pages().build()
    assets = Assets(BUILT)
    for view in ("home", "event", "room", "seats", "checkout"):
        entry = assets.entry("buyer", f"buyer/pages/{view}.tsx", "buyer/i18n/es.ts", "shared/i18n/es.ts")
        assert entry is not None
        for script in (entry.script, *entry.preloads):
            file = assets.file(script.removeprefix("/"))
            assert file is not None
            assert b"/api/security/" not in file.bodies["identity"], f"{view} loads {script}"
