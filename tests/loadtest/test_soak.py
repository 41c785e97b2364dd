"""The soak: its verdict on curves, what it sees of an installation, and the page it writes."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from loadtest.charts import Chart, nice_ceiling, svg
from loadtest.soak.business import Done
from loadtest.soak.judge import MEMORY_MIB_PER_HOUR_MAX, judged, rise_of, slope
from loadtest.soak.report import as_html, as_text, wire_of
from loadtest.soak.run import Result, Wish
from loadtest.soak.sample import Series, kind_of, sampling
from loadtest.target import Target

MINUTES_20 = range(0, 1_200, 5)


def series_of(group: str, name: str, values: list[float]) -> Series:
    series = Series()
    for at_s, value in zip(MINUTES_20, values, strict=True):
        series.add(group, name, value, at_s)
    return series


def grown(series: Series) -> list[str]:
    return [each.name for each in judged(series, 400, 720) if each.grows]


def test_a_slow_leak_is_seen_under_noise() -> None:
    per_s = 2 * MEMORY_MIB_PER_HOUR_MAX / 3_600
    leaking = [80 + per_s * at_s + (at_s // 5 % 7) * 0.3 for at_s in MINUTES_20]
    assert grown(series_of("private memory", "server 1", leaking)) == ["server 1"]
    level = [80 + (at_s // 5 % 7) * 0.3 for at_s in MINUTES_20]
    assert grown(series_of("private memory", "server 1", level)) == []


def test_what_is_taken_while_warming_up_is_no_leak_and_a_single_jump_neither() -> None:
    warming = [20 + min(at_s, 300) / 5 for at_s in MINUTES_20]
    assert grown(series_of("private memory", "worker", warming)) == []
    jumping = [80.0 if at_s != 900 else 400.0 for at_s in MINUTES_20]
    assert grown(series_of("private memory", "worker", jumping)) == []


def test_the_memory_of_valkey_is_judged_when_its_keys_are_level() -> None:
    """Until the first sales are put away, it grows with what it holds; whatever rises afterwards is not that."""
    filling = [4 + min(at_s, 720) / 15 for at_s in MINUTES_20]
    assert grown(series_of("private memory", "valkey", filling)) == []
    assert grown(series_of("private memory", "server 1", filling)) == ["server 1"]
    leaking = [4 + at_s / 150 for at_s in MINUTES_20]
    assert grown(series_of("private memory", "valkey", leaking)) == ["valkey"]


def test_rows_may_grow_where_they_belong_to_orders() -> None:
    rows = [float(at_s) for at_s in MINUTES_20]
    assert grown(series_of("rows", "orders", rows)) == []
    assert grown(series_of("rows", "http_answer", rows)) == ["http_answer"]


def test_too_short_a_run_is_not_judged() -> None:
    series = Series()
    for at_s in range(0, 120, 5):
        series.add("private memory", "worker", float(at_s), at_s)
    assert grown(series) == []


def test_a_slope_is_that_of_most_points() -> None:
    points = [(float(x), 2.0 * x) for x in range(20)]
    assert slope(points) == 2.0
    assert rise_of([*points, (20.0, 0.0)]) == 40.0
    assert rise_of(points[:1]) == 0.0


def test_keys_are_told_by_what_they_are_for() -> None:
    assert kind_of(b"a1:{jazz}:seats") == "sale seats"
    assert kind_of(b"a1:{promos.abc}:cell:17") == "promo cell"
    assert kind_of(b"a1:lease:keeper") == "lease"


def test_a_chart_is_one_picture_whatever_it_is_given() -> None:
    for series in ({}, {"none": []}, {"a <b>": [(0.0, 1.0), (2.0, 3.0)], "flat": [(0.0, 0.0)]}):
        assert ET.fromstring(svg(Chart("T & U", "MiB", series, marks={"here": 1.0}))).tag.endswith("svg")
    assert [nice_ceiling(value) for value in (0, 0.7, 1, 11, 99)] == [1.0, 0.8, 1.0, 15.0, 100.0]


async def test_a_look_sees_every_part_of_an_installation(target: Target) -> None:
    assert target.pid is not None
    assert target.data_dir is not None
    series = Series()
    async with sampling(target.pid, target.api, target.data_dir, series) as sampler:
        await sampler.look()
        await sampler.look()
    assert set(series.groups["private memory"]) == {"supervisor", "server 1", "worker", "valkey", "postgres"}
    assert all(points[-1][1] > 0 for points in series.groups["private memory"].values())
    assert series.groups["processor"].keys() == series.groups["private memory"].keys()
    assert series.groups["rows"]["schema_version"][-1][1] == 1
    assert series.groups["valkey keys"]["lease"][-1][1] > 0
    assert {"valkey", "postgres", "sockets"} <= series.groups["connections"].keys()
    assert "loop lag" in series.groups


def test_what_grew_is_told_in_text_json_and_page() -> None:
    series = series_of("rows", "http_answer", [float(at_s) for at_s in MINUTES_20])
    result = Result(Wish(20, 10, 1), series, Done(), judged(series, 400, 720))
    assert len(result.wrong) == 1
    for told in (as_text(result), wire_of(result), as_html(result)):
        assert "http_answer" in told
        assert "GROWS" in told
