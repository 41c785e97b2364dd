"""Lighthouse and html-validate on the pages of a real installation, as a phone sees them at a first visit.

What is the same on a busy machine decides: accessibility, best practices, SEO, layout shift, bytes, requests, markup.
How fast pages are is printed; `make audit`, with nothing else at work, decides by that too, and looks at every page.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, sync_playwright

from tests.absent import ROOT, build_pages, chromium, missing_for
from tests.browser.buyer import Buyer
from tests.browser.conftest import ARGUMENTS
from tests.browser.site import Site

AUDIT = ROOT / "web" / "audit"
AUDIT_S_MAX = 600
SCORE_MIN = 97
SHIFT_MAX = 0.02
BYTES_MAX = 330_000
REQUESTS_MAX = 36
TRIES = 3
PHONE = {"width": 412, "height": 823}
SALE = "/s/demo-theatre"


@dataclass(frozen=True, slots=True)
class Page:
    name: str
    path: str
    listed: bool = False  # search engines may have it
    often: bool = False  # also where time matters: pages of each kind


PAGES = (
    Page("home", "/", listed=True, often=True),
    Page("event", SALE, listed=True),
    Page("room", "/s/demo-arena/room"),
    Page("seats", f"{SALE}/seats", often=True),
    Page("checkout", f"{SALE}/checkout", often=True),
    Page("promos", "/promos", listed=True),
    Page("my tickets", "/o"),
    Page("office", "/office/register", often=True),
    Page("register", "/account/register"),
    Page("API reference", "/api/docs", listed=True),
)


def problems(root: Path) -> list[str]:
    lock = root / "web" / "audit" / "package-lock.json"
    reason = missing_for("node") or (None if chromium() else "there is no Chromium")
    if not lock.is_file():
        return []
    if reason is not None:
        if os.environ.get("CI"):
            return [f"pages must be audited in CI, but {reason}"]
        print(f"audit    NOT CHECKED: {reason}")
        return []
    found = audited(PAGES)
    print("audit    performance " + ", ".join(f"{each['name']} {performance(each)}" for each in found["measures"]))
    return complaints(found)


def performance(measure: dict[str, Any]) -> int:
    return int(measure["scores"]["performance"])


def complaints(found: dict[str, Any]) -> list[str]:
    """What is wrong with what was found, whatever else the machine had to do."""
    said = list(found["markup"])
    for each in found["measures"]:
        name, because = each["name"], "; ".join(f"{part['title']} {part['where']}" for part in each["failed"])
        if each["error"]:
            said.append(f"{name}: {each['error']}")
        said += [
            f"{name}: {category} {score}: {because}"
            for category, score in each["scores"].items()
            if category != "performance" and score < SCORE_MIN
        ]
        for what, value, most, why in (
            ("layout shift", each["shift"], SHIFT_MAX, f"{each['moved']}"),
            ("bytes", each["bytes"], BYTES_MAX, because),
            ("requests", each["requests"], REQUESTS_MAX, because),
        ):
            if value is None or value > most:
                said.append(f"{name}: {what} {value}, at most {most}: {why}")
    return said


def audited(pages: Sequence[Page], *, quick: bool = True) -> dict[str, Any]:
    """What was found on an installation with demo data, and with somebody who has bought and is buying."""
    node = build_pages()
    node.build()
    environment = node.bring_node()
    with node.one_at_a_time():
        node.install_modules(environment, AUDIT)
    with tempfile.TemporaryDirectory(prefix="aforo-audit-") as name, sync_playwright() as playwright:
        folder = Path(name)
        folder.chmod(0o711)
        site = Site(folder / "site", "--demo")
        try:
            site.start()
            site.await_sale("demo-theatre")
            site.await_sale("demo-arena")
            context = playwright.chromium.launch_persistent_context(
                folder / "browser",
                executable_path=chromium(),
                args=[*ARGUMENTS, "--remote-debugging-port=0"],
                base_url=site.url,
                viewport=PHONE,
                has_touch=True,
                locale="en-GB",
            )
            port = int((folder / "browser" / "DevToolsActivePort").read_text().split()[0])
            bought = shop(Buyer(context, site))
            seen = [*pages, Page("order", bought, often=True)]
            asked = {
                "port": port,
                "tries": 1 if quick else TRIES,
                "score": SCORE_MIN,
                "pages": [
                    {"name": each.name, "url": site.url + each.path, "listed": each.listed}
                    for each in seen
                    if each.often or not quick
                ],
                "documents": list(documents(context, site, seen)),
            }
            found = run(asked, environment)
            context.close()
        finally:
            site.stop()
    return found


def shop(buyer: Buyer) -> str:
    """Buy two seats, and begin to buy two more; answers where the order is."""
    choose(buyer)
    buyer.buy()
    order = buyer.page.url.removeprefix(buyer.site.url)
    buyer.open(f"{SALE}/seats")
    buyer.button("Buy more").click()
    choose(buyer)
    buyer.page.get_by_role("link", name="Checkout").first.wait_for()
    buyer.page.close()
    return order


def choose(buyer: Buyer) -> None:
    buyer.open(f"{SALE}/seats")
    buyer.button("Best available").click()


def documents(context: BrowserContext, site: Site, pages: Sequence[Page]) -> Iterator[dict[str, str]]:
    """The HTML of each page, as it is served and as it is drawn."""
    tab = context.new_page()
    for each in pages:
        served = context.request.get(each.path, headers={"Accept": "text/html"})
        yield {"name": f"{each.name}, served", "html": served.text()}
        tab.goto(each.path)
        tab.locator("main h1").first.wait_for(state="attached")
        tab.wait_for_load_state("networkidle")
        yield {"name": f"{each.name}, drawn", "html": tab.content()}
    tab.close()


def run(asked: dict[str, Any], environment: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        ["node", str(AUDIT / "audit.mjs")],
        cwd=AUDIT,
        env=environment,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=AUDIT_S_MAX,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> int:
    found = audited(PAGES, quick=False)
    for each in found["measures"]:
        scores = ", ".join(f"{category} {score}" for category, score in each["scores"].items())
        print(f"{each['name']:14} {scores}, layout shift {each['shift']:.3f}, {each['bytes'] / 1000:.0f} KB")
    slow = [f"{each['name']}: performance {performance(each)}" for each in found["measures"]]
    said = complaints(found) + [line for line in slow if int(line.rpartition(" ")[2]) < SCORE_MIN]
    print("\n".join(said))
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
