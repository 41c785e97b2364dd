"""audit_search: how long a page of the audit trail takes among a million acts, most of them of one organizer.

Each filter and combination, with words that are rare, frequent, long ago, and never together. Beside it the bare scan
of an index: the newest acts, without any filter.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from engine.audit import Sought
from loadtest.bench.measure import Bench, Figures, Measure, Row, middle

ACTS, ACTS_QUICK = 1_000_000, 50_000
OTHERS = 1_000  # organizers
PAGE, ROUNDS = 50, 10
TARGET_MS = 100
BIG, SMALL = "org_big", "org_7"
AT_ONCE = 10_000  # acts in a statement
# Every tenth act is of another organizer.
FILL = """
INSERT INTO audit (organizer_id, actor_kind, actor, act, subject, before, after, at)
SELECT CASE WHEN n % 10 = 0 THEN 'org_' || n / 10 % $2::integer ELSE 'org_big' END, 'account',
       CASE WHEN n % 20 < 10 THEN 'acc_busy' ELSE 'acc_' || n % 200 END,
       (ARRAY['sale.change', 'sale.open', 'key.create', 'promo.paused', 'order.refund', 'grant.give'])[1 + n / 3 % 6],
       'sale-' || n % 5000, '{"paused": false}',
       jsonb_build_object('name', 'Night ' || n, 'note', CASE WHEN n % 100000 = 77 THEN 'unicorn'
                                                              WHEN n < 0.4 * $1 THEN 'early' ELSE 'late' END),
       now() - make_interval(secs => $1 - n)
FROM generate_series($3::integer, $4::integer) AS n
"""


def asks(acts: int) -> dict[str, Sought]:
    now = datetime.now(UTC)
    since, until = now - timedelta(seconds=acts * 0.9), now - timedelta(seconds=acts * 0.89)
    return {
        "nothing": Sought(BIG),
        "act": Sought(BIG, act="sale.open"),
        "acts of a kind": Sought(BIG, act="sale"),
        "an act that is nowhere": Sought(BIG, act="sale.rehearse"),
        "actor, frequent": Sought(BIG, actor="acc_busy"),
        "actor, rare": Sought(BIG, actor="acc_199"),
        "subject": Sought(BIG, subject="sale-44"),
        "word, frequent": Sought(BIG, words="late"),
        "word, frequent long ago": Sought(BIG, words="early"),
        "word, rare": Sought(BIG, words="unicorn"),
        "words never together": Sought(BIG, words="early late"),
        "actor, act and word": Sought(BIG, act="sale.open", actor="acc_busy", words="early"),
        "actor, subject and act": Sought(BIG, act="sale", actor="acc_144", subject="sale-44"),
        "a time": Sought(BIG, since=since, until=until),
        "a time and a word": Sought(BIG, since=since, until=until, words="early"),
        "a small organizer": Sought(SMALL),
        "a small organizer's word": Sought(SMALL, words="early"),
        "a word of all organizers": Sought(words="unicorn"),
    }


async def measure(bench: Bench) -> Figures:
    db, audit = bench.engine.db, bench.engine.audit
    acts = ACTS_QUICK if bench.quick else ACTS
    bench.step(f"writing {acts:,} acts")
    before = await db.fetchval("SELECT count(*) FROM audit")
    began = time.perf_counter()
    for first in range(1, acts + 1, AT_ONCE):
        await db.execute(FILL, acts, OTHERS, first, min(first + AT_ONCE - 1, acts))
    wrote_s = time.perf_counter() - began
    await db.execute("ANALYZE audit")
    bench.step("searching")
    took: dict[str, float] = {}
    for name, sought in asks(acts).items():
        some = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            await audit.newest(sought, PAGE)
            some.append((time.perf_counter() - began) * 1e3)
        took[name] = round(middle(some), 2)
    slowest = max(took, key=lambda name: took[name])
    size = await db.fetchval("SELECT pg_relation_size('audit_by_terms')")
    return {
        "acts": before + acts,
        "ms": took,
        "slowest": slowest,
        "written_us": round(wrote_s / acts * 1e6, 1),
        "index_bytes_each": round(size / (before + acts)),
    }


def rows(figures: Figures) -> Iterator[Row]:
    slowest = figures["slowest"]
    beside = f"by {slowest}; the bare index scan: {figures['ms']['nothing']} ms"
    what = f"a page of the audit trail among {figures['acts']:,} acts, the slowest of {len(figures['ms'])} searches"
    yield Row(what, "ms", figures["ms"][slowest], TARGET_MS, at_most=True, beside=beside)
    yield Row("… writing an act, with all that it is found by", "µs", figures["written_us"])


AUDIT_SEARCH = Measure("audit_search", measure, rows)
