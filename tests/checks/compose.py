"""Validates docker-compose.yml against the compose specification's own schema, without a container engine.

Also asks for what the schema cannot: a health check for every store, and no secret written into the file.
"""

import re
import subprocess
import sys
from pathlib import Path

import yaml

FILE = "docker-compose.yml"
STORES = ("valkey", "postgres")
SECRET = re.compile(r"^\s*\w*(SECRET|PASSWORD):\s*(?!\$\{)\S")


def problems(root: Path) -> list[str]:
    tool = Path(sys.executable).parent / "check-jsonschema"
    done = subprocess.run(
        [tool, "--builtin-schema", "vendor.compose-spec", FILE], cwd=root, capture_output=True, text=True, check=False
    )
    found = [f"{FILE}: {line}" for line in done.stdout.splitlines() if line.strip()] if done.returncode else []
    text = (root / FILE).read_text(encoding="utf-8")
    services = yaml.safe_load(text)["services"]
    found += [f"{FILE}: {name} has no health check" for name in STORES if "healthcheck" not in services[name]]
    found += [
        f"{FILE}:{number}: a secret belongs into the surroundings"
        for number, line in enumerate(text.splitlines(), start=1)
        if SECRET.search(line)
    ]
    return found
