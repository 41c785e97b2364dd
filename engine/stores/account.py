"""The account that Postgres runs under, and folders that this account can reach.

Postgres refuses to run as root. Started by root, it runs as `aforo`, `postgres` or `nobody`, the first that
the machine has; started by anyone else, as that person. No account is ever made.
"""

import os
import pwd
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from engine.stores.faults import StoreFault

ACCOUNT_NAMES = ("aforo", "postgres", "nobody")
# Where data goes that must outlive a reboot when the data folder itself is closed to the account.
OPEN_FOLDERS = (Path("/var/lib/aforo"), Path("/var/tmp/aforo"))


class RunAs(TypedDict, total=False):
    """The arguments of subprocess that make a child run under another account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """Who a store runs as; `other` is False when it is simply who we are."""

    name: str
    uid: int
    gid: int
    other: bool

    def run_as(self) -> RunAs:
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.other else {}

    def own(self, path: Path) -> None:
        if self.other:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """May this account walk down to `folder`, which may not exist yet?"""
        if not self.other:
            return True
        existing = (part for part in [folder, *folder.parents] if part.exists())
        return all(self._may_search(part.stat()) for part in existing)

    def _may_search(self, of: os.stat_result) -> bool:
        if of.st_uid == self.uid:
            return bool(of.st_mode & 0o100)
        if of.st_gid == self.gid:
            return bool(of.st_mode & 0o010)
        return bool(of.st_mode & 0o001)


def account() -> Account:
    """The account for stores that refuse root."""
    if os.geteuid() != 0:
        return Account("", os.geteuid(), os.getegid(), other=False)
    for name in ACCOUNT_NAMES:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        if found.pw_uid != 0:
            return Account(name, found.pw_uid, found.pw_gid, other=True)
    raise StoreFault(f"Postgres does not run as root, and none of the accounts {', '.join(ACCOUNT_NAMES)} exists")


def private_folder(path: Path, owner: Account) -> Path:
    """Make `path` a folder that only `owner` may use."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner.own(path)
    path.chmod(0o700)
    return path


def open_folder(owner: Account) -> Path:
    """A folder that lasts and that `owner` can walk into; for data whose own folder it cannot reach."""
    for folder in OPEN_FOLDERS:
        try:
            folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        except OSError:
            continue
        if folder.stat().st_uid == os.geteuid() and not folder.is_symlink() and owner.can_enter(folder):
            folder.chmod(0o711)
            return folder
    raise StoreFault(
        f"the account {owner.name}, which Postgres runs as, can reach neither the data folder nor "
        f"{' nor '.join(map(str, OPEN_FOLDERS))}; choose a data folder it can walk into (AFORO_DATA_DIR)"
    )


def reachable_folder(wanted: Path, owner: Account) -> Path:
    """`wanted`, or, where `owner` cannot walk to it, a folder elsewhere that `wanted` then links to."""
    if wanted.is_symlink() and wanted.exists():
        return wanted.resolve()
    if owner.can_enter(wanted.parent):
        return wanted
    if wanted.exists():
        raise StoreFault(f"the account {owner.name}, which Postgres runs as, cannot walk to {wanted}")
    elsewhere = open_folder(owner) / f"data-{secrets.token_hex(6)}"
    wanted.unlink(missing_ok=True)
    wanted.symlink_to(elsewhere)
    return elsewhere
