"""Importing people: whole lines or named reasons, twice is once, and in batches."""

from pathlib import Path

import asyncpg
import pytest

from engine.audit import Act
from engine.keyring import KeyringStore, Root
from engine.people import BadFile, Rejected, Report, import_people, sql
from engine.vault import Vault

HEADER = "reference,name,email,zone,latitude,longitude,consent,channels,orders_count,last_order_at\n"


async def a_vault(db: asyncpg.Pool) -> Vault:
    vault = Vault(db, (await KeyringStore.open(db, [Root(b"a secret of these tests")])).keyring)
    await vault.look()
    return vault


async def run(db: asyncpg.Pool, path: Path) -> tuple[Report, list[Rejected]]:
    rejected: list[Rejected] = []
    seen: list[int] = []
    await db.execute("INSERT INTO organizer (id, name) VALUES ('org', 'Sala') ON CONFLICT DO NOTHING")
    report = await import_people(
        db,
        await a_vault(db),
        path,
        by=Act("org", "ana"),
        on_rejected=rejected.append,
        on_progress=lambda each: seen.append(each.bytes_read),
    )
    assert seen[-1] == path.stat().st_size
    return report, rejected


async def test_a_csv_file(db: asyncpg.Pool, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(
        "\ufeff"
        + HEADER
        + 'a1,José Núñez,jose@example.org,Europe/Madrid,40.4,-3.7,true,"sms,email",2,2026-01-01T10:00:00Z\n'
        "a2,No Mail,not an address,Europe/Madrid,,,false,,,\n"
        "a3,Half,,Europe/Madrid,40.4,,true,,,\n"
        ",Nobody,,Europe/Madrid,,,true,,,\n"
        "a4,Mars,,Mars/Olympus,,,true,,,\n"
        "a5,Empty,,America/Sao_Paulo,,,,,,\n"
        "a1,José N.,jose@example.org,Europe/Madrid,40.5,-3.7,true,,3,\n"
        "a6,Too,many,Europe/Madrid,,,true,,,,,,extra\n",
        encoding="utf-8",
    )
    report, rejected = await run(db, file)
    assert (report.lines, report.added, report.changed, report.rejected) == (8, 2, 0, 5)
    assert [each.line for each in rejected] == [3, 4, 5, 6, 9]
    assert rejected[0].reasons[0].startswith("email: ")
    assert "not an address" not in str(rejected)
    rows = await db.fetch(
        "SELECT r.reference, person_id, latitude, r.orders_count, channels FROM profile JOIN relation r USING (number)"
        " ORDER BY 1"
    )
    known = await (await a_vault(db)).contacts([row["person_id"] for row in rows])
    assert [(row[0], known[row[1]].name, *row[2:]) for row in rows] == [
        ("a1", "José N.", 40.5, 3, ["push", "email", "sms"]),
        ("a5", "Empty", None, 0, ["push", "email", "sms"]),
    ]
    again, _ = await run(db, file)
    assert (again.added, again.changed) == (0, 2)
    assert await db.fetchval("SELECT max(number) FROM profile") == 2


async def test_json_lines_in_batches(db: asyncpg.Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for bound in ("PERSONS_PER_WRITE_MIN", "PERSONS_PER_WRITE"):
        monkeypatch.setattr(f"engine.limits.{bound}", 10)
    file = tmp_path / "people.jsonl"
    lines = [f'{{"reference": "p{number}", "zone": "Asia/Tokyo", "consent": true}}' for number in range(95)]
    file.write_text("\n".join([*lines, "{broken", '{"reference": "x", "zone": "UTC", "shoe": 43}', ""]))
    report, rejected = await run(db, file)
    assert (report.added, report.rejected) == (95, 2)
    assert [each.reasons for each in rejected] == [("is not JSON",), ("shoe: Extra inputs are not permitted",)]
    numbers = await db.fetch("SELECT number FROM profile ORDER BY number")
    assert [row["number"] for row in numbers] == list(range(1, 96))


SLOW = """
CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.03); RETURN NEW; END $$;
CREATE TRIGGER slow BEFORE INSERT ON relation FOR EACH ROW EXECUTE FUNCTION be_slow();
"""


async def test_a_database_that_is_too_slow_for_a_batch_gets_smaller_ones(db: asyncpg.Pool, tmp_path: Path) -> None:
    await db.execute(SLOW)
    file = tmp_path / "people.jsonl"
    file.write_text("\n".join(f'{{"reference": "p{number}", "zone": "UTC"}}' for number in range(100)))
    report, rejected = await run(db, file)
    assert (report.added, report.changed, rejected) == (100, 0, [])
    assert await db.fetchval("SELECT count(*) FROM relation") == 100


async def test_references_are_looked_up_also_of_an_organizer_that_statistics_know_nothing_of(
    db: asyncpg.Pool, tmp_path: Path
) -> None:
    file = tmp_path / "people.jsonl"
    file.write_text("\n".join(f'{{"reference": "p{number}", "zone": "UTC"}}' for number in range(3000)))
    await run(db, file)
    await db.execute("ANALYZE relation")
    references = [f"p{number}" for number in range(1000)]
    async with db.acquire() as connection:
        plan = await connection.fetch(f"EXPLAIN {sql.KNOWN}", "another", references)
    assert any("relation_reference_is_unique" in row[0] for row in plan), plan


async def test_a_header_with_unknown_names(db: asyncpg.Pool, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("reference,zone,shoe\na,UTC,43\n")
    with pytest.raises(BadFile, match="shoe"):
        await run(db, file)
