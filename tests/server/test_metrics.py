"""Metrics and logs: what operators see."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

from engine.onsale import Sale
from server.logs import JsonLines, PlainLines, bare
from server.metrics import Metrics
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
