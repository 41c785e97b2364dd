"""The checks of borders: floors, circles and the owners of tables, each with what it refuses."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from engine.contexts import CONTEXTS
from tests.checks import circles, contexts, owners
from tests.checks.statements import statements_of
from tests.checks.test_checks import write
from tests.checks.web_arrows import arrow_problems

ROOT = Path(__file__).resolve().parents[2]
LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"

# ── floors ──


def layers(*, exhaustive: bool = True) -> str:
    """A contract as ours, for a small house."""
    return f"""
[tool.importlinter]
root_packages = ["engine"]

[[tool.importlinter.contracts]]
name = "floors"
type = "layers"
containers = ["engine"]
exhaustive = {str(exhaustive).lower()}
layers = ["orders", "catalog", "limits"]
"""


HOUSE = {
    "engine/__init__.py": "",
    "engine/limits.py": "",
    "engine/catalog/__init__.py": "",
    "engine/orders/__init__.py": "from engine import catalog, limits\n",
}


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({}, None),
        ({"engine/catalog/sales.py": "from engine.orders import Orders\n"}, "engine.catalog.sales -> engine.orders"),
        ({"engine/limits.py": "def late():\n    import engine.catalog\n"}, "engine.limits -> engine.catalog"),
        ({"engine/parking/__init__.py": ""}, "parking"),
    ],
)
def test_imports_go_down_only(tmp_path: Path, change: dict[str, str], refused: str | None) -> None:
    write(tmp_path, {**HOUSE, **change, "pyproject.toml": layers()})
    done = subprocess.run([LINT_IMPORTS], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (refused is None), done.stdout
    assert (refused or "") in done.stdout


def test_our_contract_leaves_nothing_in_the_engine_out() -> None:
    named = set(owners.floors_of(ROOT))
    there = {
        path.stem for path in (ROOT / "engine").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert named == there - {"__init__"}


# ── rooms of the server ──

UP = [
    ("contract", "who"),
    ("known", "services"),
    ("services", "who"),
    ("who", "buying"),
    ("buying", "live"),
    ("api", "live"),
    ("live", "pages"),
    ("pages", "api"),
    ("process", "app"),
    ("app", "cli"),
]


def test_rooms_know_those_below_them_also_by_their_types_only(tmp_path: Path) -> None:
    """Our own contract, over rooms that are empty but for one import each that it must refuse."""
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    (rooms,) = [each["layers"] for each in ours if each.get("containers") == ["server"]]
    names = [name.strip() for line in rooms for name in re.split(r"[|:]", line)]
    contract = f"""
        [tool.importlinter]
        root_packages = ["server"]
        [[tool.importlinter.contracts]]
        name = "rooms"
        type = "layers"
        containers = ["server"]
        exhaustive = true
        layers = {rooms}
    """
    files = {"server/__init__.py": "", **{f"server/{name}/__init__.py": "" for name in names}}
    for room, other in UP:
        files[f"server/{room}/__init__.py"] = (
            f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import server.{other}\n"
        )
    write(tmp_path, {**files, "pyproject.toml": textwrap.dedent(contract)})
    done = subprocess.run([LINT_IMPORTS], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert [each for each in UP if f"server.{each[0]} -> server.{each[1]}" not in done.stdout] == []


# ── circles ──


def test_modules_that_import_one_another_are_told_with_the_way_round(tmp_path: Path) -> None:
    files = {
        "server/hub.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from server.socket import Socket\n",
        "server/socket.py": "import server.caller\n",
        "server/caller.py": "def late():\n    from server import hub\n",
        "server/__init__.py": "",
    }
    assert circles.problems(write(tmp_path, files)) == [
        "server/caller.py:2: a circle of imports: server.caller -> server.hub -> server.socket -> server.caller"
    ]


def test_who_is_handed_the_engine_names_its_type(tmp_path: Path) -> None:
    context = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from engine.engine import Engine\n"
    files = {
        "engine/engine.py": "from engine.orders import CONTEXT\n",
        "engine/orders/__init__.py": "from engine.orders.context import CONTEXT\n",
        "engine/orders/context.py": context,
    }
    assert circles.problems(write(tmp_path, files)) == []
    write(tmp_path, {"engine/orders/context.py": "from engine.engine import Engine\n"})
    assert [line.partition(" ")[0] for line in circles.problems(tmp_path)] == ["engine/engine.py:1:"]


# ── owners ──

SCHEMA = """
CREATE TABLE sale (id text PRIMARY KEY);
COMMENT ON TABLE sale IS 'catalog: One on-sale.';
CREATE TABLE orders (id text PRIMARY KEY, sale_id text REFERENCES sale);
COMMENT ON TABLE orders IS 'orders: What was bought.';
CREATE VIEW open_sale AS SELECT id FROM sale;
COMMENT ON VIEW open_sale IS 'catalog: Sales that are open.';
CREATE VIEW paid_order AS SELECT id FROM orders;
COMMENT ON VIEW paid_order IS 'orders: Orders that are paid.';
CREATE FUNCTION close_sale(which text) RETURNS void LANGUAGE sql AS $$ DELETE FROM sale WHERE id = $1 $$;
COMMENT ON FUNCTION close_sale IS 'catalog: Closes a sale.';
CREATE FUNCTION refund(which text) RETURNS void LANGUAGE sql AS $$ DELETE FROM orders WHERE id = $1 $$;
COMMENT ON FUNCTION refund IS 'orders: Gives the money back.';
"""
TREE = {
    "schema.sql": SCHEMA,
    "pyproject.toml": layers().replace('["orders",', '["verify", "orders",'),
    "engine/catalog/__init__.py": "",
    "engine/orders/__init__.py": "",
    "engine/verify/__init__.py": "",
}


def found(root: Path, files: dict[str, str]) -> list[str]:
    return owners.problems(write(root, {**TREE, **files}))


@pytest.mark.parametrize(
    ("path", "sql", "said"),
    [
        ("engine/orders/sql.py", "SELECT id FROM orders WHERE id IN (SELECT id FROM open_sale)", None),
        ("engine/orders/sql.py", "SELECT id FROM sale", "orders reads sale, which belongs to catalog"),
        ("engine/orders/sql.py", "SELECT (SELECT max(id) FROM sale)", "orders reads sale, which belongs to catalog"),
        ("engine/orders/sql.py", "WITH s AS (DELETE FROM sale RETURNING old.id) TABLE s", "orders writes sale, which"),
        ("engine/orders/sql.py", "UPDATE orders SET id = s.id FROM sale s", "orders reads sale, which belongs to"),
        ("engine/orders/sql.py", "INSERT INTO open_sale VALUES ('a')", "orders writes open_sale, which belongs to"),
        (
            "engine/orders/sql.py",
            "MERGE INTO sale s USING orders o ON o.id = s.id WHEN MATCHED THEN DELETE RETURNING merge_action(), old.id",
            "orders writes sale, which belongs to catalog",
        ),
        ("engine/catalog/sql.py", "SELECT id FROM paid_order", "catalog reads paid_order, which belongs to orders"),
        ("engine/verify/durable.py", "SELECT id FROM orders JOIN sale USING (id)", None),
        ("engine/verify/durable.py", "TRUNCATE orders", "verify writes orders, which belongs to orders"),
        ("engine/context.py", "SELECT id FROM sale", "engine reads sale, which belongs to catalog"),
        ("server/api/sales.py", "select id from sale", "server reads sale, which belongs to catalog"),
        ("engine/orders/sql.py", "DROP TABLE sale, orders", "orders writes sale, which belongs to catalog"),
        ("engine/orders/sql.py", "SELECT close_sale($1)", None),
        ("engine/catalog/sql.py", "SELECT refund($1)", "catalog calls refund, which belongs to orders"),
        ("server/api/sales.py", "SELECT close_sale($1)", "server calls close_sale, which belongs to catalog"),
        ("engine/orders/sql.py", "DROP INDEX CONCURRENTLY IF EXISTS {name}", None),
        ("engine/orders/sql.py", "DROP TABLE {name}", "the name of a table is filled in"),
        ("engine/orders/sql.py", "SELECT id FROM slae", "no table or view is called slae"),
        ("engine/orders/sql.py", "SELECT id FRM orders", "SQL that can't be read: SELECT id FRM orders"),
        ("engine/orders/sql.py", "and id in (select from sale", "SQL that can't be read: and id in (select from sale"),
        ("engine/orders/sql.py", "WITH sale AS (SELECT 1) SELECT FROM sale", "sale is a table; call what is made here"),
        ("engine/orders/sql.py", "SELECT set_config('lock_timeout', '1s', true)", None),
        ("engine/orders/sql.py", "SELECT set_config('lock_timeout', '1s', false)", "this outlives its transaction"),
        ("engine/orders/sql.py", "SET LOCAL lock_timeout = '1s'", None),
        ("engine/orders/sql.py", "SET lock_timeout = '1s'", "this outlives its transaction"),
        ("engine/orders/sql.py", "SELECT pg_advisory_xact_lock(1)", None),
        ("engine/orders/sql.py", "SELECT pg_try_advisory_lock(1)", "this outlives its transaction"),
        ("engine/orders/sql.py", "LISTEN orders", "this outlives its transaction"),
        ("engine/stores/schema.py", "SELECT pg_advisory_lock(1)", None),
    ],
)
def test_sql_stays_at_home(tmp_path: Path, path: str, sql: str, said: str | None) -> None:
    told = found(tmp_path, {path: f'"""A module."""\n\nQUERY = """\n{sql}\n"""\n'})
    assert told[0].startswith(f"{path}:3: {said}") if said else not told


def test_sql_put_together_is_read_whole(tmp_path: Path) -> None:
    module = '''"""Says: DELETE FROM sale."""
COLUMNS = "SELECT id "
OURS = COLUMNS + "FROM orders"
THEIRS = f"{COLUMNS} FROM sale WHERE id = $1"
FILLED = "SELECT id FROM orders WHERE {rule} AND id > $1 {more}"

async def read(db, table):
    """Not SELECT FROM sale."""
    await db.fetch(f"SELECT id FROM {table}")
    await db.copy_records_to_table("sale", records=[])
    await db.copy_records_to_table(table, records=[])
'''
    path = "engine/orders/sql.py"
    assert found(tmp_path, {path: module}) == [
        f"{path}:9: the name of a table is filled in",
        f"{path}:11: copies into a table whose name can't be read here",
        f"{path}:4: orders reads sale, which belongs to catalog",
        f"{path}:10: orders writes sale, which belongs to catalog",
    ]


def test_temporary_tables_are_ones_own(tmp_path: Path) -> None:
    module = 'STAGE = "CREATE TEMP TABLE incoming (id text)"\nTAKE = "INSERT INTO orders SELECT id FROM incoming"\n'
    assert found(tmp_path, {"engine/orders/sql.py": module}) == []


def test_every_statement_of_ours_is_found() -> None:
    tables = frozenset(owners.read_schema(ROOT).owners)
    statements = {path: statements_of(path, tables)[0] for path in (ROOT / "engine").glob("*/sql.py")}
    for path, those in statements.items():
        begun = path.read_text().count("FROM ") + path.read_text().count("INSERT INTO")
        assert len(those) > 0 or begun == 0, path
    assert sum(map(len, statements.values())) > 100


def test_tables_and_views_need_an_owner(tmp_path: Path) -> None:
    schema = SCHEMA.replace("'orders: What", "'What").replace("'catalog: Sales", "'shop: Sales")
    assert found(tmp_path, {"schema.sql": schema}) == [
        "schema.sql:4: the comment of orders begins with no owner",
        "schema.sql:6: open_sale belongs to shop, which is no context",
        "schema.sql: view open_sale: shop reads sale, which belongs to catalog",
    ]


def test_a_view_shows_its_owners_tables(tmp_path: Path) -> None:
    schema = f"{SCHEMA}CREATE VIEW sold AS SELECT id FROM sale;\nCOMMENT ON VIEW sold IS 'orders: Sales.';\n"
    assert found(tmp_path, {"schema.sql": schema}) == [
        "schema.sql: view sold: orders reads sale, which belongs to catalog"
    ]


@pytest.mark.parametrize(
    ("language", "body", "said"),
    [
        ("sql", "UPDATE orders SET id = 'x'", None),
        ("sql", "UPDATE sale SET id = 'x'", "schema.sql: function f: orders writes sale, which belongs to catalog"),
        ("sql", "SELECT refund('x')", None),
        ("sql", "DELETE FRM sale", "schema.sql:14: function f: SQL that can't be read: DELETE FRM sale"),
        ("plpgsql", "BEGIN NEW.id := 'x'; RETURN NEW; END", None),
        (
            "plpgsql",
            "BEGIN IF true THEN DELETE FROM sale; END IF; RETURN NULL; END",
            "schema.sql: function f: orders w",
        ),
    ],
)
def test_functions_stay_at_home(tmp_path: Path, language: str, body: str, said: str | None) -> None:
    function = f"CREATE FUNCTION f() RETURNS trigger LANGUAGE {language} AS $${body}$$;\n"
    told = found(tmp_path, {"schema.sql": f"{SCHEMA}{function}COMMENT ON FUNCTION f IS 'orders: Does.';\n"})
    assert told[0].startswith(said) if said else not told
    nobodys = found(tmp_path, {"schema.sql": SCHEMA + function})
    assert "schema.sql:14: the comment of f begins with no owner" in nobodys


def test_a_body_that_is_bound_when_it_is_made_stays_at_home_too(tmp_path: Path) -> None:
    function = "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM sale);\n"
    told = found(tmp_path, {"schema.sql": f"{SCHEMA}{function}COMMENT ON FUNCTION f IS 'orders: Does.';\n"})
    assert told[0].startswith("schema.sql: function f: orders reads sale")


# ── the list of contexts ──


def test_what_is_said_of_contexts_is_what_the_list_has() -> None:
    assert contexts.problems(ROOT) == []
    other = [replace(each, tables=("car",)) if each.name == "verify" else each for each in CONTEXTS]
    assert contexts.problems(ROOT, other) == [
        "schema.sql:1: car: verify says it owns it, and is not its owner",
    ]
    told = contexts.problems(ROOT, [each for each in CONTEXTS if each.name != "promos"])
    assert told[0] == "engine/promos/__init__.py:1: is in no line of engine/contexts.py"
    assert told[-1].startswith("docs/architecture.md:1: ")
    first, second, *rest = CONTEXTS
    assert contexts.problems(ROOT, [second, first, *rest])[0].startswith(
        "pyproject.toml:1: floors from below are stores"
    )


# ── programs of the pages ──


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({}, []),
        (
            {"web/buyer/pages/home.tsx": 'import { key } from "../../office/api";\n'},
            ["web/buyer/pages/home.tsx: buyer/ may not import office/"],
        ),
        (
            {"web/office/office.ts": 'const late = () => import("/buyer/frame");\n'},
            ["web/office/office.ts: office/ may not import buyer/"],
        ),
        (
            {"web/shared/ui/frame.ts": 'export {\n  Frame,\n} from "../../buyer/frame";\n'},
            ["web/shared/ui/frame.ts: shared/ may not import buyer/"],
        ),
        (
            {"web/shared/ui/base.css": '@import "../../office/office.css";\n'},
            ["web/shared/ui/base.css: shared/ may not import office/"],
        ),
        ({"web/gate/scan.ts": ""}, ["web/gate: belongs to none of buyer, office, mail, reference, shared"]),
    ],
)
def test_programs_of_the_pages_share_one_way_only(tmp_path: Path, change: dict[str, str], refused: list[str]) -> None:
    pages = {
        "web/shared/ui/signs.ts": 'import { render } from "preact";\n',
        "web/buyer/frame.ts": 'import "../shared/ui/signs";\n',
        "web/office/frame.ts": 'import "../shared/ui/signs";\n',
    }
    write(tmp_path, {**pages, **change})
    assert arrow_problems(tmp_path / "web") == refused
