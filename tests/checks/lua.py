"""Parses every Lua script.

Scope rules (no accidental globals, no unused locals) come with the first scripts.
"""

from pathlib import Path

from luaparser import ast


def problems(root: Path) -> list[str]:
    found: list[str] = []
    for script in sorted((root / "lua").rglob("*.lua")):
        try:
            ast.parse(script.read_text(encoding="utf-8"))
        except ast.SyntaxException as error:
            found.append(f"{script.relative_to(root)}: {error}")
    return found
