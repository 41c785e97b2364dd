"""The pages' own checks (types, lint, format), and a lock file that every registry can serve."""

import json
import os
import subprocess
import sys
from pathlib import Path

NO_NODE = 3


def problems(root: Path) -> list[str]:
    lock = root / "web" / "package-lock.json"
    if not lock.is_file():
        return []
    found = lock_problems(lock)
    command = [sys.executable, str(root / "deploy" / "build_pages.py"), "--run", "check"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).strip()
    if done.returncode == NO_NODE and not os.environ.get("CI"):
        print(f"web      NOT CHECKED: {said}")
    elif done.returncode != 0:
        found.append(said)
    return found


def lock_problems(lock: Path) -> list[str]:
    """No addresses in it; every platform's package named, for `npm ci` refuses a lock that leaves one out.

    npm leaves out what the registry at hand does not carry (npm/cli issue 9846): then write the entry by hand.
    """
    packages = json.loads(lock.read_text("utf-8"))["packages"]
    found = [f"{name} has an address" for name, entry in packages.items() if "resolved" in entry]
    for name, entry in packages.items():
        for wanted in entry.get("optionalDependencies", {}):
            places = (f"{name}/node_modules/{wanted}", f"node_modules/{wanted}")
            if all("version" not in packages.get(place, {}) for place in places):
                found.append(f"{wanted}, optional for {name}, has no entry with a version")
    return [f"{lock.name}: {problem}" for problem in found]
