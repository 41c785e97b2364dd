"""Metrics and logs: what operators see."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest
from yarl import URL

from engine.audit import Act
from engine.onsale import Sale
from engine.settings import Settings
from server.observe.logs import JsonLines, PlainLines, bare
from server.observe.metrics import Metrics
from server.who.addresses import PASSED_ON, is_near
from tests.server.conftest import Site


async def scraped(site: Site) -> dict[str, float]:
    async with site.http.get(f"{site.url}/metrics") as response:
        assert response.status == 200
        lines = (await response.text()).splitlines()
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if not line.startswith("#"))
    }


async def test_what_happened_is_counted(site: Site, sale: Sale) -> None:
    client = await site.buyer()
    await client.ok("watch", sale=sale.id, topics=["seats"])
    await client.ok("hold", sale=sale.id, hold="h1", seats=[1], cart=False)
    await client.refused("hold", sale=sale.id, hold="h2", seats=[99])
    found = await scraped(site)
    assert found["aforo_sockets"] == 1
    assert found["aforo_watchers"] == 1
    assert found["aforo_holds_total"] == 1
    assert found['aforo_asks_total{do="hold"}'] == 1
    assert found['aforo_refusals_total{code="unknown_seat"}'] == 1
    assert 'aforo_queue_items{batch="onsale/seats_hold"}' in found


async def test_every_documented_metric_is_there(site: Site, sale: Sale) -> None:
    client = await site.buyer()
    await client.ok("ping")
    async with site.http.get(f"{site.url}/metrics") as response:
        text = await response.text()
    told = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    assert documented_metrics() == {name.removesuffix("_total") for name in told}


def documented_metrics() -> set[str]:
    page = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
    return {name.removesuffix("_total") for name in re.findall(r"`(aforo_[a-z_]+)", page.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("header", PASSED_ON)
async def test_what_a_proxy_passes_on_is_no_operators(site: Site, header: str) -> None:
    for path in ("/metrics", "/%6detrics"):
        async with site.http.get(URL(site.url + path, encoded=True), headers={header: "127.0.0.1"}) as response:
            problem = await response.json(content_type=None)
        assert (response.status, problem["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("networks", "address", "may"),
    [
        (("127.0.0.0/8", "::1"), "127.0.0.1", True),
        (("127.0.0.0/8", "::1"), "::ffff:127.0.0.1", True),
        (("127.0.0.0/8", "::1"), "::1", True),
        (("127.0.0.0/8", "::1"), "10.1.2.3", False),
        (("10.1.0.0/16",), "10.1.2.3", True),
        (("10.1.0.0/16",), "127.0.0.1", False),
        ((), "127.0.0.1", False),
        (("127.0.0.0/8",), None, False),
        (("127.0.0.0/8",), "a socket", False),
    ],
)
def test_operators_are_known_by_their_network(networks: tuple[str, ...], address: str | None, may: bool) -> None:
    assert is_near(address, Settings(metrics_networks=networks)) is may


async def test_an_organizer_reads_figures_of_a_sale_of_theirs_alone(site: Site, sale: Sale, organizer: Act) -> None:
    site.process.metrics.batch("onsale/seats_hold", 12, 0.004)
    for each in (sale.id, "another-sale"):
        site.process.metrics.verified(each, 2)
    own = await site.engine.access.create(organizer.organizer_id)
    other = await site.engine.access.create(await site.engine.access.create_organizer("Somebody else"))
    url = f"{site.url}/api/sales/{sale.id}/metrics"
    async with site.http.get(url, headers={"Authorization": f"Bearer {own.key}"}) as response:
        assert (response.status, response.content_type) == (200, "text/plain")
        text = await response.text()
    assert f'aforo_invariant_violations{{sale="{sale.id}"}} 2.0' in text
    assert 'aforo_batch_items_sum{batch="onsale/seats_hold"}' in text
    assert "another-sale" not in text
    assert "aforo_http" not in text
    async with site.http.get(url, headers={"Authorization": f"Bearer {other.key}"}) as response:
        assert response.status == 404
    async with site.http.get(url) as response:
        assert response.status == 401


def test_batches_are_measured_by_the_hook() -> None:
    metrics = Metrics()
    metrics.batch("onsale/seats_hold", 12, 0.004)
    assert b'aforo_batch_items_sum{batch="onsale/seats_hold"} 12.0' in metrics.text()


def record_of(**extra: object) -> logging.LogRecord:
    record = logging.makeLogRecord({"name": "here", "levelno": logging.INFO, "levelname": "INFO", "msg": "said"})
    record.__dict__.update(extra)
    return record


def test_log_lines_are_json_outside_a_terminal_and_plain_inside() -> None:
    line = json.loads(JsonLines().format(record_of(sale="jazz")))
    assert (line["message"], line["sale"], line["level"]) == ("said", "jazz", "info")
    assert "here: said sale=jazz" in PlainLines().format(record_of(sale="jazz"))


def test_rows_that_postgres_quotes_are_not_logged() -> None:
    trace = "Error: duplicate key\nDETAIL:  Key (email)=(ada@example.org) already exists.\n  at line 1"
    assert bare(trace) == "Error: duplicate key\n  at line 1"
