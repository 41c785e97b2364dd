"""`make check` refuses steps that would stop people, break the release before, or can't be read."""

from pathlib import Path

import pytest

from tests.checks import steps

ROOT = Path(__file__).resolve().parents[2]
EXPAND = "-- expand\n-- in a transaction\n-- locks: nothing\n\n"
CONTRACT = EXPAND.replace("expand", "contract")
OUTSIDE = EXPAND.replace("in a", "outside a")
GOOD = {
    "0001_a.sql": EXPAND + "SELECT 1;\n",
    "0002_b.sql": EXPAND + "SELECT 1;\n",
    "0003_c.sql": EXPAND + "SELECT 1;\n",
    "0004_d.sql": EXPAND + "CREATE INDEX a_of_those_days ON pool (name);\n",
}


def problems(folder: Path, **added: str) -> list[str]:
    (folder / "migrations").mkdir()
    for name, text in (GOOD | {f"{name}.sql": text for name, text in added.items()}).items():
        (folder / "migrations" / name).write_text(text, encoding="utf-8")
    return steps.problems(folder)


@pytest.mark.parametrize(
    "text",
    [
        EXPAND + "ALTER TABLE pool ADD COLUMN a text, ADD COLUMN b integer NOT NULL DEFAULT 0;\n",
        EXPAND + "CREATE TABLE a (id text PRIMARY KEY, b text REFERENCES sale);\nCREATE INDEX b ON a (b);\n",
        EXPAND + "ALTER TABLE pool ADD CONSTRAINT pool_is_small CHECK (capacity < 9) NOT VALID;\n",
        EXPAND + "ALTER TABLE pool VALIDATE CONSTRAINT pool_is_small;\n",
        CONTRACT + "ALTER TABLE pool DROP COLUMN a;\nDROP TABLE b;\n",
        OUTSIDE
        + "CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON pool (name);\n\n-- repeat\nUPDATE pool SET name = '';\n",
    ],
)
def test_what_harms_nobody_may_be_done(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, **{"0005_e": text}) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (EXPAND + "CREATE INDEX a ON pool (name);\n", "require-concurrent-index-creation"),
        (EXPAND + "ALTER TABLE pool ADD CONSTRAINT a CHECK (capacity < 9);\n", "constraint-missing-not-valid"),
        (EXPAND + "ALTER TABLE pool ALTER COLUMN sold TYPE bigint;\n", "changing-column-type"),
        (CONTRACT + "ALTER TABLE pool ALTER COLUMN sold TYPE bigint;\n", "changing-column-type"),
        (EXPAND + "ALTER TABLE pool ADD COLUMN a text NOT NULL;\n", "adding-required-field"),
        (EXPAND + "ALTER TABLE pool DROP COLUMN name;\n", "ban-drop-column"),
        (OUTSIDE + "CREATE INDEX CONCURRENTLY a ON pool (name);\n", "prefer-robust-stmts"),
    ],
)
def test_what_would_harm_is_refused(tmp_path: Path, text: str, rule: str) -> None:
    (problem,) = problems(tmp_path, **{"0005_e": text})
    assert problem.startswith("0005_e.sql:5: ")
    assert f" {rule}: " in problem


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("0006_e", EXPAND, "0006_e: the next number is 0005"),
        ("0004_e", EXPAND, "0004_d and 0004_e have the same number: give the later one the next"),
        ("5_e", EXPAND, "5_e.sql should be called like 0007_what_it_is_about.sql"),
        ("0005_e", "SELECT 1;\n", "0005_e.sql: its first line should be `-- expand` or `-- contract`"),
        (
            "0005_e",
            "-- expand\n\nSELECT 1;\n",
            "0005_e.sql: its second line should be `-- in a transaction` or `-- outside a transaction`",
        ),
        (
            "0005_e",
            "-- expand\n-- in a transaction\n\nSELECT 1;\n",
            "0005_e.sql: a header goes on with `-- locks: …`, then `-- rewrites: …` where it does, then `--`",
        ),
        (
            "0005_e",
            EXPAND.replace("nothing", "pool (hard)"),
            "0005_e.sql: `-- locks: pool (hard)` should be like `-- locks: sale, pool (access exclusive)`",
        ),
        ("0005_e", OUTSIDE + "SELEC 1;\n", '0005_e: syntax error at or near "SELEC"'),
        ("0005_e", OUTSIDE + "SELECT 1;\nSELECT 2;\n", "0005_e: an empty line should end each statement: SELECT 1; …"),
        (
            "0005_e",
            OUTSIDE + "-- repeat\nSELECT 1;\n",
            "0005_e: only an UPDATE or a DELETE comes to an end when repeated",
        ),
        (
            "0005_e",
            EXPAND + "CREATE INDEX CONCURRENTLY IF NOT EXISTS a ON pool (name);\n",
            "0005_e: what is done CONCURRENTLY is done outside a transaction",
        ),
    ],
)
def test_what_can_not_be_read_is_told(tmp_path: Path, name: str, text: str, said: str) -> None:
    assert said in problems(tmp_path, **{name: text})
