"""The benchmark runs by itself, and answers what others read. Its figures are not tested: no test looks at a clock."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadtest.bench.frames import FRAMES_20K
from loadtest.bench.measure import Row
from loadtest.bench.report import report
from loadtest.bench.run import MEASURES
from loadtest.bench.shares import limited_by
from loadtest.bench.snapshots import SNAPSHOT_100K
from loadtest.bench.tables import markdown, table
from loadtest.bench.watchers import percentile
from loadtest.bench.watching import seats_in, whole_bytes
from server.contract.wire import MSGPACK, PING_FRAME

ROOT = Path(__file__).parents[2]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "server", "bench", *arguments]
    return subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=100)


def test_json_names_machine_and_results(tmp_path: Path) -> None:
    page = tmp_path / "new" / "bench.html"
    ran = bench("--quick", "--json", "--only", "snapshot_100k", "--only", "orders_engine", "--report", str(page))
    assert ran.returncode == 0, ran.stderr
    answer = json.loads(ran.stdout)
    assert {"date", "processor", "cores", "memory_gib"} <= answer["machine"].keys()
    assert answer["results"].keys() == {"snapshot_100k", "orders_engine"}
    figures = answer["results"]["snapshot_100k"]
    assert figures["bytes"] == 25_000
    assert [each["seats"] for each in figures["growth"]] == [1_000, 10_000, 100_000]
    assert "snapshot of 100,000 seats" in page.read_text(encoding="utf-8")


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files, near enough for sockets, where the account of Postgres may walk through."""
    folder = Path(tempfile.mkdtemp(prefix="aforo-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def test_ctrl_c_leaves_nothing_behind(temporary: Path) -> None:
    command = [sys.executable, "-m", "server", "bench", "--only", "joins_engine"]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=quiet, stderr=quiet, start_new_session=True
    ) as running:
        for _ in range(600):
            if list(temporary.glob("aforo-bench-*/data/postgres*/postmaster.pid")):
                break
            assert running.poll() is None
            time.sleep(0.1)
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does
        assert running.wait(60) == 130
    assert not list(temporary.iterdir())


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
    assert ("**missed**" in markdown([row], {})) is (met is False)


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


def test_a_report_needs_nothing_else_and_says_what_its_pictures_show() -> None:
    growth = [{"seats": seats, "bytes": seats // 4, "ms": 0.1} for seats in (1_000, 100_000)]
    figures = {"bytes": 25_000, "ms": 9.5, "growth": growth, "limited_by": "one core of <Valkey>"}
    page = report({"cores": 2}, {"snapshot_100k": figures}, [SNAPSHOT_100K], quick=False)
    assert "1 of 2 targets are met" in page
    assert "one core of &lt;Valkey&gt;" in page
    assert page.count("<svg") == page.count('role="img" aria-label="') == 2
    assert "http" not in page


def test_what_was_not_measured_says_why() -> None:
    figures = {"not_measured": "there is no Chromium"}
    (row,) = FRAMES_20K.shown(figures)
    assert row.met is None
    assert "there is no Chromium" in markdown([row], {})
    assert "there is no Chromium" in report({}, {"frames_20k": figures}, [FRAMES_20K], quick=True)


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ({"Valkey": 95.0, "clients": 40.0}, "one core of Valkey: Valkey 95 %, clients 40 %"),
        ({"server": 90.0, "clients": 85.0, "Postgres": 1.0}, "all 2 cores: server 90 %, clients 85 %"),
        ({"Postgres": 30.0}, "no processor, but waiting or its pace: Postgres 30 %"),
        ({}, ""),
    ],
)
def test_what_limits_is_said_in_a_line(shares: dict[str, float], said: str) -> None:
    assert limited_by(shares, cores=2) == said
