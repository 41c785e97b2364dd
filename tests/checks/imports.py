"""Checks what import-linter cannot say: contexts are met by their public names, by one another, crowds and the server;
policy stays pure, and the strangers' suite knows nothing of ours.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

NOT_CONTEXTS = {"stores"}
# A context's words are pure, so that pure policy elsewhere may use them without the rest of the package.
WORDS = ["model"]
# Pure policy: takes time and randomness as arguments, touches no store and no loop.
PURE = {"admission", "draw", "model", "outlook", "pricing", "sale_day", "schedule"}
IMPURE_IMPORTS = ("engine.stores", "asyncio", "redis", "asyncpg", "random", "time")

OURS = {"crowd", "engine", "server", "loadtest", "tests"}
STRANGERS = "tests.strangers"


def imported(tree: ast.AST) -> Iterator[tuple[int, str, list[str]]]:
    """Each import: line, module, and the names taken out of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name, []) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module, [name.name for name in node.names]


def problems(root: Path) -> list[str]:
    packages = {path.parent.name for path in (root / "engine").glob("*/__init__.py")} - NOT_CONTEXTS
    found: list[str] = []
    for path in sorted(path for folder in ("engine", "crowd", "server") for path in (root / folder).rglob("*.py")):
        name = path.relative_to(root)
        context = name.parts[1] if name.parts[0] == "engine" and len(name.parts) > 2 else None
        for line, module, names in imported(ast.parse(path.read_text(encoding="utf-8"))):
            parts = module.split(".")
            if parts[0] == "engine" and parts[1:2] and parts[1] in packages and parts[1] != context:
                deep = inside(root, parts, names)
                found += [f"{name}:{line}: import from engine.{parts[1]}, not from inside it ({each})" for each in deep]
                if context == "stores":
                    found.append(f"{name}:{line}: stores know no context ({module})")
            pure = context in packages and path.stem in PURE
            if pure and any(module == other or module.startswith(f"{other}.") for other in IMPURE_IMPORTS):
                found.append(f"{name}:{line}: pure policy imports {module}")
    return found + strangers_that_know_us(root)


def inside(root: Path, module: list[str], names: list[str]) -> list[str]:
    """What an import takes from inside a context: neither from a package, which has a door, nor its words."""
    folder = root.joinpath(*module)
    if not folder.is_dir():
        return [] if module[2:] == WORDS else [".".join(module)]
    door = (folder / "__init__.py").read_text(encoding="utf-8")
    return [".".join([*module, each]) for each in names if (folder / f"{each}.py").exists() and f'"{each}"' not in door]


def strangers_that_know_us(root: Path) -> list[str]:
    found: list[str] = []
    for path in sorted((root / STRANGERS.replace(".", "/")).rglob("*.py")):
        for line, module, _ in imported(ast.parse(path.read_text(encoding="utf-8"))):
            if module.partition(".")[0] in OURS and module != STRANGERS and not module.startswith(f"{STRANGERS}."):
                found.append(f"{path.relative_to(root)}:{line}: a stranger knows nothing of ours ({module})")
    return found
