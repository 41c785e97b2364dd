"""Tampering: changes to the trail behind every trigger's back are detected."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from engine.audit import Audit
from engine.audit.heads import Head, HeadKey, append, read_file
from engine.audit.model import FIRST_PREVIOUS, link_hash, said_of
from engine.audit.reading import links
from tests.audit.conftest import ONE, OTHER, SEED, Tamper, act, audit_of, links_of

BAD_SEED = hashlib.sha256(b"somebody else's").digest()
IDS_OF_ONE = f"(SELECT audit_id FROM audit_link WHERE chain = '{ONE}' AND number {{}})"


async def found(audit: Audit) -> list[str]:
    return [str(each) for each in (await audit.check()).broken]


async def relinked(db: asyncpg.Pool, chain: str = ONE) -> list[str]:
    """Statements that make every link of a chain fit its row again: anybody can compute them."""
    previous, statements = FIRST_PREVIOUS, []
    async for link, row in links(db, chain):
        previous = link_hash(previous, said_of(row, link["number"]))
        statements.append(
            rf"UPDATE audit_link SET hash = '\x{previous.hex()}' WHERE chain = '{chain}' AND number = {link['number']}"
        )
    return statements


# ── rows and links ──


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'somebody else'",
        "act = 'sale.open'",
        "subject = 'other sale'",
        "after = '{\"number\": 9}'",
        "before = '{}'",
        "detail = '{\"number\": 1e400}'",
        "at = at + interval '1 microsecond'",
        "request = ''",
        "network = '198.51.100.0/24'",
        "actor_kind = 'operator'",
        f"organizer_id = '{OTHER}'",
        "organizer_id = NULL",
    ],
)
async def test_a_row_that_was_changed(told: Audit, tamper: Tamper, change: str) -> None:
    await tamper(f"UPDATE audit SET {change} WHERE id = {IDS_OF_ONE.format('= 3')}")
    (broken,) = await found(told)
    assert broken.startswith(f"link 3 of {ONE}: it doesn't fit act ")


async def test_a_row_that_was_deleted(told: Audit, tamper: Tamper) -> None:
    await tamper(f"DELETE FROM audit WHERE id = {IDS_OF_ONE.format('= 3')}")
    (broken,) = await found(told)
    assert broken.startswith(f"link 3 of {ONE}: its act ")
    assert broken.endswith(" is gone")


async def test_a_row_that_was_deleted_with_its_link(told: Audit, tamper: Tamper) -> None:
    await tamper(
        f"DELETE FROM audit WHERE id = {IDS_OF_ONE.format('= 3')}",
        f"DELETE FROM audit_link WHERE chain = '{ONE}' AND number = 3",
    )
    assert await found(told) == [f"link 4 of {ONE}: the one before it is 2: what was between them is gone"]


async def test_a_gap_that_was_closed(told: Audit, tamper: Tamper) -> None:
    await tamper(
        f"DELETE FROM audit WHERE id = {IDS_OF_ONE.format('= 3')}",
        f"DELETE FROM audit_link WHERE chain = '{ONE}' AND number = 3",
        f"UPDATE audit_link SET number = number - 1 WHERE chain = '{ONE}' AND number > 3",
    )
    broken = await found(told)
    assert f"head 6 of {ONE}: the chain does not reach it any more" in broken
    assert broken[0].startswith(f"link 3 of {ONE}: it doesn't fit")


async def test_a_link_that_was_deleted(told: Audit, tamper: Tamper) -> None:
    """Its row is below the horizon, so that no worker links it again, at another place."""
    await tamper(f"DELETE FROM audit_link WHERE chain = '{ONE}' AND number = 3")
    assert await told.linker.step() == 0
    gap, row = await found(told)
    assert gap.startswith(f"link 4 of {ONE}: the one before it is 2")
    assert row.endswith(f"it was put among the acts of {ONE} after their links were made")


async def test_a_row_that_was_put_in_between(told: Audit, db: asyncpg.Pool, tamper: Tamper) -> None:
    await tamper(
        f"""INSERT INTO audit (id, organizer_id, actor_kind, actor, act, subject, at, xid) OVERRIDING SYSTEM VALUE
            SELECT -1, organizer_id, 'key', 'ak_1', 'sale.open', 'never', at, xid FROM audit
            WHERE id = {IDS_OF_ONE.format("= 3")}"""
    )
    await act(db)
    await told.linker.step()
    assert "never" not in await links_of(db)
    assert await found(told) == [f"act -1: it was put among the acts of {ONE} after their links were made"]


async def test_rows_that_were_swapped(told: Audit, tamper: Tamper) -> None:
    two, three = IDS_OF_ONE.format("= 2"), IDS_OF_ONE.format("= 3")
    await tamper(
        f"""UPDATE audit a SET subject = b.subject, after = b.after FROM audit b
            WHERE (a.id = {two} AND b.id = {three}) OR (a.id = {three} AND b.id = {two})"""
    )
    assert [each.split(":")[0] for each in await found(told)] == [f"link 2 of {ONE}", f"link 3 of {ONE}"]


async def test_links_that_were_swapped(told: Audit, tamper: Tamper) -> None:
    moves = ((2, 102), (3, 2), (102, 3))
    await tamper(*(f"UPDATE audit_link SET number = {to} WHERE chain = '{ONE}' AND number = {at}" for at, to in moves))
    assert f"link 2 of {ONE}" in [each.split(":")[0] for each in await found(told)]


# ── the end of a chain, and whole chains ──


async def test_a_tail_that_was_cut_off_is_missed_by_the_head_in_the_file(told: Audit, tamper: Tamper) -> None:
    await tamper(
        f"DELETE FROM audit WHERE id IN {IDS_OF_ONE.format('> 4')}",
        f"DELETE FROM audit_link WHERE chain = '{ONE}' AND number > 4",
        f"DELETE FROM audit_head WHERE chain = '{ONE}'",
    )
    assert await found(told) == [f"head 6 of {ONE}: the chain does not reach it any more"]


async def test_a_chain_that_was_removed_is_missed(told: Audit, tamper: Tamper) -> None:
    await tamper(f"DELETE FROM audit WHERE organizer_id = '{ONE}'", "DELETE FROM audit_head")
    await tamper(f"DELETE FROM audit_link WHERE chain = '{ONE}'")
    assert await found(told) == [f"head 6 of {ONE}: the chain does not reach it any more"]


async def test_a_chain_that_was_computed_anew(told: Audit, db: asyncpg.Pool, tamper: Tamper) -> None:
    await tamper(f"UPDATE audit SET actor = 'x' WHERE id = {IDS_OF_ONE.format('= 3')}")
    await tamper(*await relinked(db))
    broken = [f"head 6 of {ONE}: the chain was another one when it was signed"]
    assert await found(told) == broken
    await tamper("DELETE FROM audit_head")
    assert await found(told) == broken


async def test_a_tail_that_a_worker_was_made_to_link_again(told: Audit, db: asyncpg.Pool, tamper: Tamper) -> None:
    await tamper(
        f"UPDATE audit SET actor = 'x' WHERE id = {IDS_OF_ONE.format('= 6')}",
        f"DELETE FROM audit_link WHERE chain = '{ONE}' AND number > 4",
        "UPDATE audit_horizon SET before = '0'",
    )
    assert await told.linker.step() == 2
    assert await found(told) == [f"head 6 of {ONE}: the chain was another one when it was signed"]


async def test_a_chain_is_not_signed_again_once_it_lost_its_head(
    told: Audit, db: asyncpg.Pool, tamper: Tamper, caplog: pytest.LogCaptureFixture
) -> None:
    await tamper(f"UPDATE audit SET actor = 'x' WHERE id = {IDS_OF_ONE.format('= 3')}")
    await tamper(*await relinked(db), "DELETE FROM audit_head")
    await act(db)
    await told.linker.step()
    with caplog.at_level(logging.ERROR):
        assert await told.heads.step() == 2  # the two others
    assert f"the audit trail of {ONE} is not what was signed" in caplog.text
    assert await found(told) == [f"head 6 of {ONE}: the chain was another one when it was signed"]


async def test_a_worker_tells_that_a_chain_is_shorter_than_its_head(
    told: Audit, db: asyncpg.Pool, tamper: Tamper, caplog: pytest.LogCaptureFixture
) -> None:
    """Or that somebody noted a head of links that never were."""
    _, hashed, at = await end_of(db)
    await write_head(db, HeadKey(BAD_SEED).sign(ONE, 1_000, hashed, at - timedelta(days=365)))
    with caplog.at_level(logging.ERROR):
        assert await told.heads.step() == 0
    assert f"the audit trail of {ONE} is not what was signed" in caplog.text


# ── heads ──


async def write_head(db: asyncpg.Pool, head: Head) -> None:
    await db.execute(
        """INSERT INTO audit_head (chain, number, hash, signed_at, public_key, signature)
           VALUES ($1, $2, $3, $4, $5, $6)""",
        *(head.chain, head.number, head.hash, head.signed_at, head.public_key, head.signature),
    )


async def end_of(db: asyncpg.Pool) -> tuple[Any, Any, Any]:
    return tuple(
        await db.fetchrow(
            "SELECT number, hash, now() AS at FROM audit_link WHERE chain = $1 ORDER BY number DESC LIMIT 1", ONE
        )
    )


async def test_a_head_that_somebody_else_signed(told: Audit, db: asyncpg.Pool, tmp_path: Path) -> None:
    await act(db)
    await told.linker.step()
    head = HeadKey(BAD_SEED).sign(ONE, *await end_of(db))
    await write_head(db, head)
    append(tmp_path / "audit" / "heads.jsonl", [head])
    assert await found(told) == [f"head 7 of {ONE}: no key that counts has signed it"]


@pytest.mark.parametrize(
    "change", ["number = 5", "signed_at = now()", "signature = ''", "public_key = ''", "hash = ''"]
)
async def test_a_head_that_was_changed(told: Audit, tamper: Tamper, change: str) -> None:
    await tamper(f"UPDATE audit_head SET {change} WHERE chain = '{ONE}'")
    (broken,) = await found(told)
    assert broken.endswith("no key that counts has signed it")


async def test_heads_of_an_earlier_secret_count_when_its_key_is_named(
    told: Audit, db: asyncpg.Pool, tmp_path: Path
) -> None:
    folder = tmp_path / "audit"
    strange = audit_of(db, folder, BAD_SEED)
    assert len(await found(strange)) == 3
    later = audit_of(db, folder, BAD_SEED, older_keys=(told.public_key,))
    await act(db)
    await later.linker.step()
    assert await later.heads.step() == 0  # an hour has not passed
    checked = await later.check()
    assert (checked.heads, checked.broken) == (3, ())


async def test_a_head_is_signed_an_hour_later_whatever_the_clock_does(
    told: Audit, db: asyncpg.Pool, tamper: Tamper
) -> None:
    """Heads of the future are those from before the clock was put back."""
    await act(db)
    await told.linker.step()
    assert await told.heads.step() == 0
    await tamper(f"DELETE FROM audit_head WHERE chain = '{ONE}'")
    number, hashed, at = await end_of(db)
    await write_head(db, HeadKey(SEED).sign(ONE, number, hashed, at + timedelta(days=365)))
    await act(db)
    await told.linker.step()
    assert await told.heads.step() == 1
    assert await told.heads.step() == 0
    assert await found(told) == []


async def test_an_organizers_chain_can_be_checked_alone(told: Audit, tamper: Tamper) -> None:
    await tamper(f"UPDATE audit SET actor = 'x' WHERE id = {IDS_OF_ONE.format('= 3')}")
    checked = await told.check(OTHER)
    assert (checked.chains, checked.links, checked.heads, checked.broken) == (1, 6, 1, ())
    assert len((await told.check(ONE)).broken) == 1


# ── the file ──


async def test_a_line_that_was_cut_while_it_was_written_is_written_again(
    told: Audit, db: asyncpg.Pool, tmp_path: Path
) -> None:
    path = tmp_path / "audit" / "heads.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert await found(told) == []
    again = audit_of(db, tmp_path / "audit")
    await again.heads.step()
    assert sorted(path.read_bytes().splitlines()) == sorted(whole.splitlines())


async def test_a_file_that_was_taken_away_is_made_again(told: Audit, tmp_path: Path) -> None:
    path = tmp_path / "audit" / "heads.jsonl"
    whole = path.read_bytes()
    path.unlink()
    await told.heads.step()
    assert path.read_bytes() == whole


async def test_a_line_that_is_no_head_is_told(told: Audit, tmp_path: Path) -> None:
    path = tmp_path / "audit" / "heads.jsonl"
    path.write_bytes(b"{}\n" + path.read_bytes())
    assert await found(told) == [f"{path}: line 1 of {path} is no head"]
    assert len(read_file(tmp_path / "absent")) == 0
