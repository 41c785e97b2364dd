"""The checks themselves: each finds what it is there for, and names file and line."""

from pathlib import Path
from typing import Any

import pytest

from tests.checks import audit, docs_links, guarded, imports, lua, records, schema, sizes, wire_types


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("count = 1", "count is assigned without `local`"),
        ("local unread = 1", "local unread is never read"),
        ("return redis.call('GET', key)", "key is no local and no global of Redis"),
        ("return 7 // 2", "FloorDivOp is not in Lua 5.1"),
        ("local a = 1; local function f(a) return a end; return f(a)", "local a hides another of that name"),
        ("local = 3", "syntax errors"),
    ],
)
def test_lua_mistakes_are_told_at_their_line(tmp_path: Path, line: str, wrong: str) -> None:
    write(tmp_path, {"lua/onsale/seat_hold.lua": f"-- seat_hold: test.\n{line}\n"})
    (found,) = lua.problems(tmp_path)
    assert found.startswith("lua/onsale/seat_hold.lua:2: ")
    assert wrong in found


def test_lua_that_is_right_passes(tmp_path: Path) -> None:
    script = """-- seat_hold: test.
-- include: onsale/_seats.lua
local held = {}
for _, item in ipairs(cmsgpack.unpack(ARGV[1])) do
  local seat = { id = item[1], [KEYS[1]] = true }
  held[#held + 1] = first(seat)
end
repeat local left = #held; held[left] = nil until left < 2
table.sort(held, function(one, other) return one < other end)
return held
"""
    fragment = "local function first(of) return of[1] end\nlocal function last(of) return of[#of] end\n"
    other = "-- seat_free: test.\n-- include: onsale/_seats.lua\nreturn last(KEYS)\n"
    files = {"seat_hold": script, "_seats": fragment, "seat_free": other}
    assert lua.problems(write(tmp_path, {f"lua/onsale/{name}.lua": text for name, text in files.items()})) == []


def test_lua_mistakes_in_a_fragment_are_told_at_the_fragment(tmp_path: Path) -> None:
    files = {
        "_seats": "local a = 1\nb = a\n",
        "x": "-- include: onsale/_seats.lua\n",
        "y": "-- include: onsale/_seats.lua\n",
    }
    write(tmp_path, {f"lua/onsale/{name}.lua": text for name, text in files.items()})
    assert lua.problems(tmp_path) == ["lua/onsale/_seats.lua:2: b is assigned without `local`"]


def test_the_schema_must_parse_and_be_commented(tmp_path: Path) -> None:
    write(tmp_path, {"schema.sql": "CREATE TABLE a (id int);\n\nCREATE TABEL b;\n"})
    assert schema.problems(tmp_path) == ['schema.sql:3: syntax error at or near "TABEL"']
    write(tmp_path, {"schema.sql": "CREATE TABLE a (id int);\n"})
    assert schema.problems(tmp_path) == ["schema.sql:1: table a has no COMMENT of its owner"]
    write(tmp_path, {"schema.sql": "CREATE TABLE a (id int);\nCOMMENT ON TABLE a IS 'Things.';\n"})
    assert schema.problems(tmp_path) == ["schema.sql:1: table a has no COMMENT of its owner"]
    write(tmp_path, {"schema.sql": "CREATE TABLE a (id int);\nCOMMENT ON TABLE a IS 'orders: Things.';\n"})
    assert schema.problems(tmp_path) == []


def test_links_must_lead_somewhere(tmp_path: Path) -> None:
    text = "[a](b.md) [b](b.md#two-words) [c](b.md#three)\n[d](gone.md) `[e](gone.md)` [f](https://x.example/y)\n"
    page = write(tmp_path, {"a.md": text, "b.md": "# One\n## Two words\n"}) / "a.md"
    targets = [target for _, line in docs_links.prose_lines(page) for target in docs_links.LINK.findall(line)]
    wrong = [docs_links.wrong_with(tmp_path, page, target) for target in targets]
    assert [text for text in wrong if text] == [
        "link b.md#three: no heading makes the anchor #three",
        "link gone.md leads nowhere",
        "link gone.md leads nowhere",
    ]


def test_contexts_meet_at_their_packages(tmp_path: Path) -> None:
    files = {
        "engine/onsale/__init__.py": "",
        "engine/onsale/draw.py": "import asyncio\n",
        "engine/onsale/demo/__init__.py": "",
        "engine/onsale/model.py": "",
        "engine/onsale/sql.py": "",
        "engine/orders/__init__.py": "from engine.onsale import Sale, sql\n",
        "engine/orders/purchase.py": "import json\nfrom engine.onsale.sale import Sale\n",
        "engine/stores/redis.py": "from engine.orders import Orders\n",
        "server/hub.py": "from engine.onsale.demo import make\nfrom engine.onsale.model import Cart\n",
        "server/socket.py": "def late():\n    from engine.onsale.draw import Draw\n",
    }
    assert imports.problems(write(tmp_path, files)) == [
        "engine/onsale/draw.py:1: pure policy imports asyncio",
        "engine/orders/__init__.py:1: import from engine.onsale, not from inside it (engine.onsale.sql)",
        "engine/orders/purchase.py:2: import from engine.onsale, not from inside it (engine.onsale.sale)",
        "engine/stores/redis.py:1: stores know no context (engine.orders)",
        "server/socket.py:2: import from engine.onsale, not from inside it (engine.onsale.draw)",
    ]


def test_strangers_know_nothing_of_ours(tmp_path: Path) -> None:
    files = {
        "tests/strangers/shop.py": "import aiohttp\nfrom tests.strangers.client import Client\n",
        "tests/strangers/test_races.py": "from engine.limits import MERGE_MS\nfrom tests.conftest import stores\n",
    }
    assert imports.problems(write(tmp_path, files)) == [
        "tests/strangers/test_races.py:1: a stranger knows nothing of ours (engine.limits)",
        "tests/strangers/test_races.py:2: a stranger knows nothing of ours (tests.conftest)",
    ]


def test_files_and_functions_stay_short(tmp_path: Path) -> None:
    long = '"""Long."""\n\n\ndef long():\n' + "    x = 1\n" * 70 + "y = 1\n" * 400
    found = sizes.problems(write(tmp_path, {"engine/long.py": long, "engine/utils.py": "x = 1\n" * 40}))
    assert [line.partition(":")[0] for line in found] == ["engine/long.py"] * 2 + ["engine/utils.py"] * 2


def test_a_fragment_joins_what_it_belongs_to(tmp_path: Path) -> None:
    short = '"""Short."""\n'
    files = (
        "engine/seats/refs.py",
        "engine/seats/context.py",
        "engine/ending.py",
        "server/short.py",
        "server/api/short.py",
    )
    found = sizes.problems(write(tmp_path, dict.fromkeys(files, short)))
    assert [line.partition(":")[0] for line in found] == ["engine/seats/refs.py", "server/short.py"]


@pytest.mark.parametrize(
    ("now", "right"),
    [
        ("id, state", True),
        ("id, state, order", True),
        ("id", False),
        ("id, order, state", False),
        ("state, id", False),
    ],
)
def test_a_packed_record_grows_at_its_end_only(tmp_path: Path, now: str, *, right: bool) -> None:
    write(tmp_path, {"lua/onsale/_cart.lua": f"-- _cart: carts.\n-- A cart is packed as {{{now}}}; all of it.\n"})
    found = records.compared({"cart": ["id", "state"]}, records.records(tmp_path))
    assert found == (
        [] if right else ["lua: the fields of a cart were {id, state} in the last release: add others after them"]
    )


def test_types_of_the_wire_follow_from_the_documents() -> None:
    schemas = {
        "Thing": {
            "type": "object",
            "description": "A thing.",
            "properties": {
                "id": {"type": "string"},
                "state": {"enum": ["on", "off"], "type": "string"},
                "of": {"anyOf": [{"$ref": "#/components/schemas/Owner"}, {"type": "null"}]},
                "many": {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
                "at": {"type": "array", "prefixItems": [{"type": "number"}, {"type": "number"}]},
                "by-name": {"type": "object", "additionalProperties": {"type": "integer"}},
                "bits": {"type": "string", "contentEncoding": "base64", "description": "Packed."},
            },
            "required": ["id", "of"],
        },
        "Owner": {"type": "object", "properties": {}},
    }
    answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
    openapi = {
        "components": {"schemas": schemas},
        "paths": {
            "/api/things": {"get": {"responses": {"200": answer, "404": {}}}, "delete": {"responses": {"204": {}}}}
        },
    }
    asyncapi = {"components": {"schemas": {"Owner": schemas["Owner"]}, "messages": {}}, "operations": {}}
    written = wire_types.types(openapi, asyncapi)
    for line in (
        "export type Owner = Record<string, never>;",
        "/** A thing. */\nexport interface Thing {",
        "  id: string;",
        '  state?: "on" | "off";',
        "  of: Owner | null;",
        "  many?: (number | null)[];",
        "  at?: [number, number];",
        '  "by-name"?: Record<string, number>;',
        "  /** Packed. */\n  bits?: string | Uint8Array;",
        '  "GET /api/things": { body: undefined; answer: Thing };',
        '  "DELETE /api/things": { body: undefined; answer: undefined };',
    ):
        assert line in written
    asyncapi["components"]["schemas"]["Owner"] = {"type": "string"}
    with pytest.raises(ValueError, match="two shapes are called Owner"):
        wire_types.types(openapi, asyncapi)


WELL: dict[str, Any] = {
    "name": "home",
    "error": None,
    "scores": {"performance": 20, "accessibility": 100, "best-practices": 100, "seo": 97},
    "shift": 0.01,
    "moved": [],
    "bytes": 130_000,
    "requests": 20,
    "failed": [],
}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"shift": 0.151}, "layout shift"),
        ({"shift": None}, "layout shift"),
        ({"scores": {**WELL["scores"], "accessibility": 96}}, "accessibility 96"),
        ({"bytes": 700_000}, "bytes"),
        ({"requests": 90}, "requests"),
        ({"error": "NO_FCP"}, "NO_FCP"),
    ],
)
def test_a_page_that_jumps_or_is_hard_to_use_is_told(change: dict[str, Any], wrong: str) -> None:
    assert audit.complaints({"measures": [WELL], "markup": []}) == []
    said = audit.complaints({"measures": [WELL | change], "markup": []})
    assert len(said) == 1
    assert wrong in said[0]


def test_wrong_markup_is_told() -> None:
    assert audit.complaints({"measures": [], "markup": ["home, served:3: no-multiple-main"]}) != []


def test_rows_of_organizers_are_guarded(tmp_path: Path) -> None:
    table = "CREATE TABLE a (organizer_id text);\nCOMMENT ON TABLE a IS 'catalog: Things.';\n"
    write(tmp_path, {"schema.sql": table})
    assert guarded.problems(tmp_path) == [
        "schema.sql: a has an organizer_id and no policy for aforo_office; catalog is not in APART"
    ]
    table += "CREATE VIEW v AS SELECT * FROM a;\nCOMMENT ON VIEW v IS 'catalog: Things.';\n"
    write(tmp_path, {"schema.sql": table.replace("organizer_id", "id") + "GRANT SELECT ON a, v TO aforo_office;"})
    assert guarded.problems(tmp_path) == [
        "schema.sql: a is granted to aforo_office without a policy",
        "schema.sql: view v is granted to aforo_office and shows what its owner sees",
    ]
    table += "CREATE POLICY office ON a TO aforo_office USING (true);\n"
    write(tmp_path, {"schema.sql": table})
    assert guarded.problems(tmp_path) == ["schema.sql: a has a policy, and no row security"]
    write(tmp_path, {"schema.sql": table + "ALTER TABLE a ENABLE ROW LEVEL SECURITY;"})
    assert guarded.problems(tmp_path) == []
