"""people: reading out of the vault, importing into it, erasing one of many, and wrapping every data key anew.

Beside them the bare cryptography of a person, in this process, and the bare statement that reads as many rows.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from engine.audit import Act, Actor
from engine.keyring import rotate
from engine.people import import_people
from engine.rights import Chosen, Erased
from engine.vault import Contact
from loadtest.bench.measure import Bench, Figures, Measure, Row, middle

PEOPLE, PEOPLE_QUICK = 1_000_000, 20_000
READS, ROUNDS = 10_000, 5
ERASED = 20
ALONE = 20_000
ORGANIZER = "org_people"
BY = Act(ORGANIZER, "bench")
COMES_NOW = "UPDATE ring_key SET active_at = now() WHERE purpose = 'vault' AND active_at > now()"
SOME = (
    "SELECT id, ring_key, data_key, sealed FROM vault_person TABLESAMPLE SYSTEM (50) WHERE organizer_id = $1 LIMIT $2"
)
BARE = "SELECT id, ring_key, data_key, sealed FROM vault_person WHERE id = ANY ($1::text[])"


def lines(path: Path, people: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number in range(people):
            said = {
                "reference": f"r{number}",
                "name": f"Ana Núñez {number}",
                "email": f"ana{number}@example.org",
                "phone": f"+34600{number % 1_000_000:06d}",
                "zone": "Europe/Madrid",
                "consent": True,
            }
            file.write(json.dumps(said) + "\n")


async def measure(bench: Bench) -> Figures:
    engine, people = bench.engine, PEOPLE_QUICK if bench.quick else PEOPLE
    await engine.db.execute("INSERT INTO organizer (id, name) VALUES ($1, 'People') ON CONFLICT DO NOTHING", ORGANIZER)
    bench.step("sealing people alone")
    contacts = [Contact(f"Ana Núñez {n}", f"ana{n}@example.org", f"+34600{n:06d}") for n in range(ALONE)]
    began = time.process_time()
    for contact in contacts:
        engine.vault.filed(contact, ORGANIZER, None)
    alone_us = (time.process_time() - began) / ALONE * 1e6
    while await engine.moving.step():  # people of measurements before this one
        pass
    with tempfile.TemporaryDirectory(prefix="aforo-people-") as folder:
        path = Path(folder) / "people.jsonl"
        lines(path, people)
        bench.step(f"importing {people:,} people")
        began = time.perf_counter()
        report = await import_people(
            engine.db, engine.vault, path, by=BY, on_rejected=_never, on_progress=lambda _: None
        )
        import_s = time.perf_counter() - began
    assert report.added == people, report
    await engine.db.execute("VACUUM ANALYZE vault_person, profile, relation", timeout=600)
    bench.step("reading")
    ids = [row["id"] for row in await engine.db.fetch(SOME, ORGANIZER, READS)]
    reads, bare = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await engine.vault.contacts(ids)
        reads.append((time.perf_counter() - began) / len(ids) * 1e6)
        began = time.perf_counter()
        await engine.db.fetch(BARE, ids)
        bare.append((time.perf_counter() - began) / len(ids) * 1e6)
    bench.step("erasing")
    erasing = []
    for person in ids[:ERASED]:
        began = time.perf_counter()
        erased = await engine.erasing.erase(BY, Chosen([person]))
        erasing.append((time.perf_counter() - began) * 1e3)
        assert isinstance(erased, Erased), erased
    bench.step("wrapping every data key anew")
    await rotate(engine.keyring, "vault", Actor("bench"))
    await engine.db.execute(COMES_NOW)
    await engine.keyring.look()
    began = time.perf_counter()
    rewrapped = 0
    while count := await engine.rewrapping.step():
        rewrapped += count
    rewrap_s = time.perf_counter() - began
    return {
        "people": people,
        "sealed_alone_us": round(alone_us, 1),
        "imported_per_s": round(people / import_s),
        "read_us": round(middle(reads), 1),
        "read_bare_us": round(middle(bare), 1),
        "erased_ms": round(max(erasing), 1),
        "erased_middle_ms": round(middle(erasing), 1),
        "rewrapped_per_s": round(rewrapped / rewrap_s),
    }


def _never(line: object) -> None:
    raise AssertionError(line)


def rows(figures: Figures) -> Iterator[Row]:
    many = f"{figures['people']:,}"
    yield Row(
        "people read out of the vault, in batches",
        "µs",
        figures["read_us"],
        20,
        at_most=True,
        beside=f"the bare rows: {figures['read_bare_us']} µs",
    )
    yield Row(
        f"people imported, {many} in all",
        "/s",
        figures["imported_per_s"],
        20_000,
        beside=f"sealing and marking alone: {figures['sealed_alone_us']} µs of processor each",
    )
    yield Row(
        f"erasing one of {many}, the slowest of {ERASED}",
        "ms",
        figures["erased_ms"],
        100,
        at_most=True,
        beside=f"in the middle: {figures['erased_middle_ms']} ms",
    )
    yield Row("data keys wrapped anew", "/s", figures["rewrapped_per_s"])


PEOPLE_KEPT = Measure("people", measure, rows)
