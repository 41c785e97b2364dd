"""The list of contexts: what each says of itself is what runs, is removed, and is verified."""

from __future__ import annotations

from dataclasses import replace

from engine.context import Context, Floor, OldRows, Violation
from engine.contexts import CONTEXTS
from engine.engine import Engine
from engine.jobs import jobs_of
from engine.progress import Bound
from engine.retention import due, rules
from engine.verify import verify, verify_contexts
from engine.workers import Job
from tests.orders.conftest import engine, house, settings
from tests.orders.house import House

__all__ = ["engine", "house", "settings"]


OLD = "parked_at < now() - make_interval(days => $1) AND $2 > 0"


async def test_leases_of_jobs_are_told_apart(engine: Engine) -> None:
    names = [job.name for job in jobs_of(engine)]
    assert len(names) == len(set(names))
    assert {"keeper", "finisher", "old rows"} <= set(names)


def test_names_are_told_apart_and_tables_have_one_owner() -> None:
    names = [context.name for context in CONTEXTS]
    tables = [table for context in CONTEXTS for table in context.tables]
    kinds = [rule.kept.name for rule in rules(CONTEXTS)]
    for each in (names, tables, kinds):
        assert len(each) == len(set(each))


def test_floors_are_in_order() -> None:
    floors = list(Floor)
    stand_on = [floors.index(context.floor) for context in CONTEXTS]
    assert stand_on == sorted(stand_on)


async def test_each_rule_of_retention_has_its_job_and_counts(engine: Engine) -> None:
    names = {job.name for job in jobs_of(engine)}
    for rule in rules(CONTEXTS):
        assert rule.kept.job in names, rule
        assert await due(engine.db, rule) == 0, rule


async def test_one_more_context_is_worked_for_tidied_and_verified(house: House) -> None:
    engine, sale = house.engine, house.sale.id
    stepped: list[str] = []

    async def step() -> None:
        stepped.append("parking")

    async def invariants(_: Engine) -> list[Violation]:
        return [Violation(12, "car park", "is full, and lets cars in")]

    async def sale_invariants(_: Engine, of: str) -> list[Violation]:
        return [Violation(12, f"cars of {of}", "are parked twice")]

    parking = Context(
        name="parking",
        floor=Floor.TELL,
        owns="cars",
        source="Postgres",
        tables=("car",),
        jobs=lambda _: [Job("parking", step, 1.0, Bound(seconds=1))],
        old_rows=(
            OldRows(
                "car",
                f"DELETE FROM car WHERE {OLD}",
                7,
                "it was parked",
                "it may come back",
                f"SELECT count(*) FROM car WHERE {OLD}",
            ),
        ),
        invariants=invariants,
        sale_invariants=sale_invariants,
    )
    engine = replace(engine, contexts=(*CONTEXTS, parking))
    await engine.db.execute("CREATE TABLE car (parked_at timestamptz)")
    await engine.db.execute("INSERT INTO car VALUES (now()), (now() - interval '8 days')")
    for job in jobs_of(engine):
        if job.name in ("parking", "old rows"):
            await job.step()
    assert stepped == ["parking"]
    assert await engine.db.fetchval("SELECT count(*) FROM car") == 1
    assert (await verify_contexts(engine, grace_s=0))["parking"] == await invariants(engine)
    assert await verify(engine, sale, grace_s=0) == await sale_invariants(engine, sale)
