"""web/package-lock.json: no addresses in it, and every platform's package named.

npm writes no entry for an optional package that the registry at hand does not carry, and then refuses its own lock file
(npm/cli issue 9846). `python -m tests.checks.web_lock` writes those entries, from the packages' names.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parents[2] / "web" / "package-lock.json"
SYSTEMS = ("android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "win32")
PROCESSORS = ("arm64", "arm", "ia32", "loong64", "ppc64", "riscv64", "s390x", "x64")


def lock_problems(lock: Path) -> list[str]:
    packages = json.loads(lock.read_text("utf-8"))["packages"]
    addresses = [f"{name} has an address" for name, entry in packages.items() if "resolved" in entry]
    absent = [f"{wanted}, optional for {by}, is not named" for by, wanted, _ in nameless(packages)]
    mend = ["`python -m tests.checks.web_lock` writes the entries"] if absent else []
    return [f"{lock.name}: {problem}" for problem in addresses + absent + mend]


def nameless(packages: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Who wants an optional package that has no entry, which, and in what version."""
    for by, entry in packages.items():
        for wanted, version in entry.get("optionalDependencies", {}).items():
            places = (f"{by}/node_modules/{wanted}", f"node_modules/{wanted}")
            if all("version" not in packages.get(place, {}) for place in places):
                yield by, wanted, version


def entry_for(name: str, version: str, by: dict[str, Any]) -> dict[str, Any]:
    """An entry that keeps the package off every platform but its own."""
    parts = name.rpartition("/")[2].split("-")
    entry: dict[str, Any] = {"version": version, "cpu": [part for part in parts if part in PROCESSORS]}
    if by.get("dev"):
        entry["dev"] = True
    if "linux" in parts:
        entry["libc"] = ["musl" if "musl" in parts else "glibc"]
    entry |= {"license": by.get("license", ""), "optional": True, "os": [part for part in parts if part in SYSTEMS]}
    return entry | ({"engines": by["engines"]} if "engines" in by else {})


def mend(lock: Path) -> None:
    whole = json.loads(lock.read_text("utf-8"))
    packages = whole["packages"]
    for by, wanted, version in list(nameless(packages)):
        packages[f"node_modules/{wanted}"] = entry_for(wanted, version, packages[by])
    whole["packages"] = dict(sorted(packages.items()))
    lock.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    mend(LOCK)
