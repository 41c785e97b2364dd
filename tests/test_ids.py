"""Ids: never twice, not across threads, not across a fork."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from engine.ids import RANDOM_CHARS, is_buyer, new_buyer, new_id

ROOT = Path(__file__).parents[1]


def many(count: int) -> list[str]:
    return [new_buyer() for _ in range(count)]


def test_ids_look_as_they_should() -> None:
    assert all(is_buyer(buyer) for buyer in many(1_000))
    kind, _, rest = new_id("ord").partition("_")
    assert (kind, len(rest)) == ("ord", RANDOM_CHARS)


def test_threads_get_different_ids() -> None:
    with ThreadPoolExecutor(8) as threads:
        drawn = [buyer for some in threads.map(many, [5_000] * 16) for buyer in some]
    assert len(set(drawn)) == len(drawn)


FORKS = """
import os
from engine.ids import new_buyer
new_buyer()
read, write = os.pipe()
if os.fork() == 0:
    os.write(write, " ".join(new_buyer() for _ in range(600)).encode())
    os._exit(0)
os.close(write)
os.wait()
theirs = b"".join(iter(lambda: os.read(read, 65536), b"")).decode().split()
print(len(theirs), len(set(theirs) & {new_buyer() for _ in range(600)}))
"""


def test_a_forked_process_draws_its_own() -> None:
    # In a process of its own: forking one with threads, as pytest has, is not safe.
    ran = subprocess.run([sys.executable, "-c", FORKS], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["600", "0"]
