"""`make strangers`: the long form of the strangers' suite. It prints its seed, by which it can be had again.

python -m tests.strangers [--seed N] [--rounds N] [what pytest takes …]
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from pathlib import Path

ROUNDS = 10
TEST_S_MAX = 600


def main() -> None:
    parser = argparse.ArgumentParser(prog="make strangers", description="Aforo, by its documented wire alone.")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9), help="the same choices again")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each choice is made anew ({ROUNDS})")
    told, others = parser.parse_known_args()
    if told.rounds < 2:
        parser.error("one round is the short form, which `make test` has; two are the least")
    print(f"seed {told.seed}", flush=True)
    environment = {**os.environ, "STRANGERS_SEED": str(told.seed), "STRANGERS_ROUNDS": str(told.rounds)}
    command = [sys.executable, "-m", "pytest", "-q", f"--timeout={TEST_S_MAX}", str(Path(__file__).parent), *others]
    os.execve(sys.executable, command, environment)


if __name__ == "__main__":
    main()
