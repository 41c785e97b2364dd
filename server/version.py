"""The version of the installed package, or of the checkout."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def _version() -> str:
    try:
        return version("aforo")
    except PackageNotFoundError:
        return "0.1.0"


VERSION = _version()
