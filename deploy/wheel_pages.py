"""Wheel build hook: puts the built pages (web/dist) into the package as server/web.

Does nothing when they were not built, so that a wheel of the engine alone can be made without Node.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PagesHook(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        pages = Path(self.root) / "web" / "dist"
        if pages.is_dir():
            build_data["force_include"][str(pages)] = "server/web"
