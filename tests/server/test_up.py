"""`aforo up` and the commands beside it, as a person runs them: real processes on an empty folder."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from server.cli.app import app
from server.cli.trouble import told_plainly

ROOT = Path(__file__).resolve().parents[2]
WAIT_S_MAX = 60.0
SALE = """
id: {id}
event: Jazz at the Corner
starts: in 60 days at 20:30
zone: Europe/Madrid
currency: EUR
opens: in 2 hours
sections:
  stalls: {{rows: 4, seats: 10, price: 45.00}}
"""


def until(what: str, holds: Callable[[], Any]) -> Any:
    """Wait for a condition; its first true value."""
    end = time.monotonic() + WAIT_S_MAX
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited too long for {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment() -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AFORO_")}
    return {**ours, "AFORO_PROVIDER": "sandbox", "PYTHONPATH": str(ROOT)}


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def aforo(*words: str) -> Done:
    """A command, run in this process: starting an interpreter for each would take most of the time."""
    result = CliRunner().invoke(app, [*words])
    if isinstance(result.exception, Exception):
        assert told_plainly(result.exception), result.exception
        return Done(1, result.stdout, str(result.exception))
    return Done(result.exit_code, result.stdout, result.stderr)


class Up:
    """A running `aforo up`."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.out = folder.parent / f"{folder.name}.out"
        self.process = self.start()
        self.welcome = self.said()  # of the first start: only there is the key told

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "server", "up", "--data-dir", str(self.folder), "--port", str(self.port)]
        with self.out.open("wb") as out:
            process = subprocess.Popen(
                [*command, "--processes", "2"],
                cwd=self.folder.parent,
                env=environment(),
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        until("the welcome", lambda: "Ctrl-C stops everything" in self.said() or process.poll() is not None)
        assert process.poll() is None, self.said()
        return process

    def said(self) -> str:
        return self.out.read_text(encoding="utf-8")

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as response:
            body: bytes = response.read()
            return body

    def ready(self) -> bool:
        try:
            return self.get("/readyz") == b"ready\n"
        except OSError:
            return False

    def aforo(self, *words: str) -> Done:
        return aforo(*words, "--data-dir", str(self.folder))

    def create_sale(self, sale: str) -> Done:
        file = self.folder.parent / f"{sale}.yaml"
        file.write_text(SALE.format(id=sale), encoding="utf-8")
        return self.aforo("sale", "create", str(file))

    def children(self, word: str) -> list[int]:
        """Processes below the supervisor whose command line has this word."""
        found = []
        for each in Path("/proc").iterdir():
            if each.name.isdigit():
                try:
                    command = (each / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    parent = int((each / "stat").read_text().rpartition(")")[2].split()[1])
                except (OSError, IndexError):
                    continue
                if word in command and parent == self.process.pid:
                    found.append(int(each.name))
        return sorted(found)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=WAIT_S_MAX)


@pytest.fixture(scope="module")
def up(open_folder: Path) -> Iterator[Up]:
    running = Up(open_folder / "up", free_port())
    yield running
    running.stop()


def test_first_start_prints_a_key_that_works(up: Up) -> None:
    assert up.ready()
    key = re.search(r"ak_\S+", up.welcome)
    assert key is not None
    request = urllib.request.Request(
        f"http://127.0.0.1:{up.port}/api/organizer/sales", headers={"Authorization": f"Bearer {key[0]}"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        assert isinstance(json.load(response)["items"], list)
    assert key[0].split("_")[1] in up.aforo("key", "list").stdout


def test_sale_is_created_opened_shown_and_closed(up: Up) -> None:
    made = up.create_sale("up-jazz")
    assert made.stdout == "up-jazz\n"  # what a script reads
    at = f"http://127.0.0.1:{up.port}"
    assert re.findall(r"\S+://\S+", made.stderr) == [f"{at}/s/up-jazz", f"{at}/office/sales/up-jazz"]
    assert b"<html" in up.get("/s/up-jazz")
    again = up.create_sale("up-jazz")
    assert again.returncode == 1
    assert "is the id of another sale" in again.stderr
    opened = up.aforo("sale", "open", "up-jazz")
    assert (opened.returncode, opened.stdout) == (0, "up-jazz is open\n")
    assert f"{at}/s/up-jazz" in opened.stderr
    shown = json.loads(up.aforo("sale", "show", "up-jazz", "--json").stdout)
    assert (shown["state"], shown["left"]) == ("open", 40)
    assert "up-jazz" in up.aforo("sale", "list").stdout
    for step, state in (("pause", "paused"), ("resume", "open")):
        assert up.aforo("sale", step, "up-jazz").returncode == 0
        assert json.loads(up.get("/api/sales/up-jazz/room"))["state"] == state
    assert "fits" in up.aforo("draw", "up-jazz").stdout
    verified = up.aforo("verify", "up-jazz", "--json")
    assert (verified.returncode, json.loads(verified.stdout)["violations"]) == (0, 0)
    assert up.aforo("verify", "--all").returncode == 0
    assert up.aforo("sale", "close", "up-jazz").returncode == 0
    assert up.aforo("sale", "open", "up-jazz").returncode == 1


def test_what_a_created_sale_is_called_and_where_it_is_comes_as_json(up: Up) -> None:
    file = up.folder.parent / "up-json.yaml"
    file.write_text(SALE.format(id="up-json"), encoding="utf-8")
    done = up.aforo("sale", "create", str(file), "--json")
    at = f"http://127.0.0.1:{up.port}"
    assert json.loads(done.stdout) == {
        "sale": "up-json",
        "page": f"{at}/s/up-json",
        "desk": f"{at}/office/sales/up-json",
    }
    assert done.stderr == ""


def test_seats_are_withheld_listed_and_released(up: Up) -> None:
    up.create_sale("up-withheld")
    seats = ("--seats", "stalls:A 1-4", "--seats", "stalls:B")
    done = up.aforo("sale", "withhold", "up-withheld", "Banco del Río", *seats, "--purpose", "sponsor")
    assert done.stdout == "banco-del-rio: 14 seats and 0 units are withheld\n"
    (listed,) = json.loads(up.aforo("sale", "allocations", "up-withheld", "--json").stdout)
    assert (listed["name"], listed["purpose"], len(listed["seats"])) == ("Banco del Río", "sponsor", 14)
    again = up.aforo("sale", "withhold", "up-withheld", "Another", *seats)
    assert again.returncode == 1
    assert "seats.stalls: names seats that another allocation withholds" in again.stderr
    part = ("up-withheld", "banco-del-rio", "--seats", "stalls:A 1-2")
    assert up.aforo("sale", "release", *part).stdout == "banco-del-rio has 12 seats and 0 units still\n"
    assert "2 seats are not in it." in up.aforo("sale", "release", *part).stderr
    more = up.aforo("sale", "withhold", *part, "--more")
    assert more.stdout == "banco-del-rio: 14 seats and 0 units are withheld\n"
    assert up.aforo("sale", "release", "up-withheld", "banco-del-rio").stdout == "banco-del-rio is released\n"
    assert up.aforo("verify", "up-withheld").returncode == 0


def test_tickets_are_sold_at_the_counter(up: Up) -> None:
    up.create_sale("up-counter")
    assert up.aforo("sale", "open", "up-counter").returncode == 0
    ask = ("sale", "issue", "up-counter", "--best", "2", "--section", "stalls", "--order", "one", "--type", "general")
    sold = up.aforo(*ask)
    assert re.fullmatch(r"\S+: 2 tickets, \d+ EUR\n", sold.stdout), sold.stderr
    assert up.aforo(*ask).stdout == sold.stdout, "the same order"
    none = up.aforo("sale", "issue", "up-counter")
    assert (none.returncode, "Choose at least one seat or unit." in none.stderr) == (1, True)
    assert up.aforo("verify", "up-counter").returncode == 0


def test_mistakes_of_a_yaml_file_are_all_named_with_their_lines(up: Up) -> None:
    file = up.folder.parent / "wrong.yaml"
    file.write_text(SALE.format(id="up-wrong").replace("EUR", "EURO").replace("price", "prise"), encoding="utf-8")
    done = up.aforo("sale", "create", str(file))
    assert done.returncode == 1
    assert "line 6: currency" in done.stderr
    assert "has 3 mistakes:" in done.stderr
    assert "did you mean price?" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sale", "create", "nowhere.yaml"], "There is no file nowhere.yaml"),
        (["sale", "show", "no-such"], "There is no sale no-such"),
        (["sale", "open", "no-such"], "There is no such sale"),
        (["verify"], "Name one sale"),
        (["verify", "no-such"], "There is no sale no-such"),
        (["draw", "no-such"], "There is no sale no-such"),
        (["key", "revoke", "ak_nothing"], "There is no live key"),
        (["outbox", "retry", "promos.order_counts", "ord_1"], "Nothing of ord_1 is parked"),
    ],
)
def test_wrong_words_say_what_to_do(up: Up, words: list[str], said: str) -> None:
    done = up.aforo(*words)
    assert done.returncode == 1
    assert said in done.stderr


def test_keys_are_made_and_revoked(up: Up) -> None:
    key = up.aforo("key", "create", "--label", "box office").stdout.strip()
    key_id = key.rpartition("_")[0] if key.count("_") == 2 else "_".join(key.split("_")[:2])
    assert "box office" in up.aforo("key", "list").stdout
    assert up.aforo("key", "revoke", key_id).returncode == 0


def test_a_webhook_by_hand(up: Up) -> None:
    made = up.aforo("webhook", "create", "https://example.invalid/in", "--topic", "order.paid", "--label", "[till]")
    webhook, secret = made.stdout.split()
    assert secret.startswith("whsec_")
    assert "is paused" in up.aforo("webhook", "pause", webhook).stdout
    delivery = up.aforo("webhook", "test", webhook).stdout.strip()
    assert "due" in up.aforo("webhook", "deliveries", webhook).stdout
    assert "webhook.test" in up.aforo("webhook", "deliveries", webhook, delivery).stdout
    assert "paused (by hand)" in up.aforo("webhook", "list").stdout
    assert "[till]" in up.aforo("webhook", "show", webhook).stdout
    assert up.aforo("webhook", "replay", webhook, "--delivery", delivery).stdout.startswith("1 deliveries")
    assert up.aforo("webhook", "delete", webhook).returncode == 0
    gone = up.aforo("webhook", "resume", webhook)
    assert (gone.returncode, "no such webhook" in gone.stderr) == (1, True)
    wrong = up.aforo("webhook", "create", "http://127.0.0.1/", "--topic", "nothing")
    assert "url: can't be called" in wrong.stderr
    assert "topics.0: is no topic" in wrong.stderr


def test_consumers_are_listed(up: Up) -> None:
    until("a consumer", lambda: "promos.order_counts" in up.aforo("outbox", "list").stdout)


@pytest.mark.faults
def test_what_dies_is_started_again(up: Up) -> None:
    before = up.children("server.child serve")
    assert len(before) == 2
    os.kill(before[0], signal.SIGKILL)
    until("another server process", lambda: len(set(up.children("server.child serve")) - set(before)) == 1)
    (worker,) = up.children("server.child work")
    os.kill(worker, signal.SIGKILL)
    until("another worker", lambda: set(up.children("server.child work")) - {worker})
    until("readiness", up.ready)
    assert b"aforo_sockets" in up.get("/metrics")


def test_second_start_on_the_same_folder_or_port_is_refused(up: Up) -> None:
    for words in (
        ["--data-dir", str(up.folder), "--port", str(free_port())],
        ["--data-dir", str(up.folder.parent / "other"), "--port", str(up.port)],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "server", "up", *words],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=WAIT_S_MAX,
        )
        assert done.returncode == 1
        assert "is in use by process" in done.stderr or "is taken" in done.stderr
        assert "Traceback" not in done.stderr
    assert up.ready()


def test_stop_is_clean_and_a_second_start_finds_the_data(up: Up) -> None:
    assert up.create_sale("up-again").returncode == 0
    assert up.stop() == 0
    assert up.children("server.child") == []
    up.process = up.start()
    assert "Your API key" not in up.said()
    assert json.loads(up.get("/api/sales/up-again"))["id"] == "up-again"


@pytest.mark.faults
def test_children_end_when_the_supervisor_is_killed(up: Up) -> None:
    children = up.children("server.child")
    up.process.kill()
    up.process.wait()
    until("the end of the children", lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))
    up.process = up.start()
    until("readiness", up.ready)


def test_commands_without_a_running_up_say_so(tmp_path: Path) -> None:
    done = aforo("sale", "list", "--data-dir", str(tmp_path))
    assert done.returncode == 1
    assert "Start `aforo up` first" in done.stderr


def test_serve_and_work_need_stores_of_ones_own() -> None:
    for word in ("serve", "work"):
        assert "AFORO_REDIS_URL" in aforo(word).stderr


@pytest.mark.parametrize("words", [[], ["sale"], ["key"], ["db"]])
def test_help_names_the_commands(words: list[str]) -> None:
    done = aforo(*words, "--help")
    assert done.returncode == 0
    assert "Commands" in done.stdout


def test_a_mistake_ends_the_program_with_one_plain_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "server", "sale", "list", "--data-dir", str(tmp_path)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT_S_MAX,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("aforo: There is nothing in")
