"""The benchmark runs by itself, and answers what others read. Its figures are not tested: no test looks at a clock."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from loadtest.bench.measure import Row
from loadtest.bench.run import MEASURES, markdown, table
from loadtest.bench.watchers import percentile
from loadtest.bench.watching import seats_in, whole_bytes
from server.live.wire import MSGPACK, PING_FRAME

ROOT = Path(__file__).parents[2]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "server", "bench", *arguments]
    return subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=100)


def test_json_names_machine_and_results() -> None:
    ran = bench("--quick", "--json", "--only", "snapshot_100k", "--only", "orders_engine")
    assert ran.returncode == 0, ran.stderr
    answer = json.loads(ran.stdout)
    assert {"date", "processor", "cores", "memory_gib"} <= answer["machine"].keys()
    assert answer["results"].keys() == {"snapshot_100k", "orders_engine"}
    figures = answer["results"]["snapshot_100k"]
    assert figures["bytes"] == 25_000
    assert [each["seats"] for each in figures["growth"]] == [1_000, 10_000, 100_000]


def test_an_unknown_measurement_is_named() -> None:
    ran = bench("--only", "holds_engin")
    assert ran.returncode == 2
    assert "holds_engin" in ran.stderr


def test_every_measurement_has_its_key() -> None:
    names = [measure.name for measure in MEASURES]
    assert len(set(names)) == len(names)
    assert {"holds_engine", "joins_engine", "orders_engine", "snapshot_100k"} <= set(names)


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (Row("holds", "/s", 60_000, 60_000), True),
        (Row("holds", "/s", 59_999, 60_000), False),
        (Row("bytes", "bytes", 80, 80, at_most=True), True),
        (Row("bytes", "bytes", 81, 80, at_most=True), False),
        (Row("holds", "/s", 1), None),
    ],
)
def test_a_missed_target_is_shown_as_missed(row: Row, met: bool | None) -> None:
    assert row.met is met
    assert table([row]).row_count == 1
    assert ("**missed**" in markdown([row])) is (met is False)


def test_frames_are_read_whole_however_they_come() -> None:
    told = [MSGPACK.frame({"on": "seats", "held": list(range(first, first + 100))}) for first in (0, 1_000)]
    data = told[0] + PING_FRAME + told[1]
    assert seats_in(data) == [*range(100), *range(1_000, 1_100)]
    assert [whole_bytes(data[:cut]) for cut in (1, len(told[0]), len(told[0]) + 1, len(data) - 1, len(data))] == [
        0,
        len(told[0]),
        len(told[0]),
        len(told[0]) + 2,
        len(data),
    ]


def test_percentiles_of_counted_milliseconds() -> None:
    took = Counter({10: 98, 20: 1, 500: 1})
    assert [percentile(took, percent) for percent in (50, 98, 99, 100)] == [10, 10, 20, 500]
