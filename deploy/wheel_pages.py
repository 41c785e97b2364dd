"""Wheel build hook: builds the pages and puts them into the package as server/web.

Where they cannot be built the wheel is made without them, and says so: the server then tells it in place of a page.
"""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PagesHook(BuildHookInterface):
    def dependencies(self) -> list[str]:
        """The Node from PyPI, for a machine that has none and pages that are not built yet."""
        pages = _build_pages(self.root)
        if pages.is_built() or not pages.has_sources() or pages.node_environment():
            return []
        return [
            line.partition(" ")[0] for line in pages.NODE_LOCK.read_text().splitlines() if line.startswith("nodejs")
        ]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        pages = _build_pages(self.root)
        if pages.has_sources():
            try:
                pages.build()
            except pages.CannotBuild as why:
                self.app.display_warning(f"The wheel is made without pages. {why}")
        if pages.is_built():
            build_data["force_include"][str(pages.DIST)] = "server/web"


def _build_pages(root: str) -> ModuleType:
    """deploy/ is not a package: its modules are loaded by their path."""
    spec = importlib.util.spec_from_file_location("build_pages", Path(root) / "deploy" / "build_pages.py")
    if spec is None or spec.loader is None:
        raise ImportError("deploy/build_pages.py is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
