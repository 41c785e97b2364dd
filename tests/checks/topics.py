"""docs/topics.md is what the contexts declare. `python -m tests.checks.topics` writes it anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAGE = Path("docs") / "topics.md"
HEAD = """# Topics

What Aforo tells: rows of the outbox, written in the transaction that made them true, and read by each hearer at its own
pace ([why that is safe](decisions/0015-outbox-by-ids.md)). What `webhooks` hears, organizers may ask for:
[webhooks.md](webhooks.md).

Within a version a body only gains members that may be missing; any other change is a new version. This page is
generated from what the contexts of `engine/` declare, by `python -m tests.checks.topics`.
"""


def page() -> str:
    """The page as it should be."""
    from engine.engine import Engine  # the composition root knows every context
    from engine.outbox import DECLARED, HEARERS

    assert Engine is not None
    parts = [HEAD]
    for name in sorted(DECLARED):
        topic = DECLARED[name]
        hearers = [each for each in HEARERS.values() if each.hears(topic)]
        heard = "; ".join(f"`{each.name}` {each.meaning}" for each in sorted(hearers, key=lambda each: each.name))
        parts.append(f"\n## {name}\n\n{topic.meaning}\n\n")
        parts.append(f"Version {topic.version}. Told by `{topic.told_by}`. Heard by: {heard or 'nobody yet'}.\n\n")
        parts.append("| member | type | |\n|---|---|---|\n")
        for member, schema in topic.schema["properties"].items():
            parts.append(f"| `{member}` | {type_of(schema)} | {remark(topic, member)} |\n")
    return "".join(parts)


def remark(topic: Any, member: str) -> str:
    notes = []
    if member not in topic.schema.get("required", ()):
        notes.append("may be missing")
    if topic.for_organizers and member in topic.private:
        notes.append("not in webhooks")
    return ", ".join(notes)


def type_of(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(type_of(each) for each in schema["anyOf"])
    if schema.get("format") == "date-time":
        return "instant (RFC 3339)"
    return {"string": "text", "null": "null"}.get(schema["type"], str(schema["type"]))


def problems(root: Path) -> list[str]:
    path = root / PAGE
    if not path.exists() or path.read_text(encoding="utf-8") != page():
        return [f"{PAGE}:1: is not what the contexts declare; run python -m tests.checks.topics"]
    return []


if __name__ == "__main__":
    (ROOT / PAGE).write_text(page(), encoding="utf-8")
