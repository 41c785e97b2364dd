"""The page of what is known has a word for each section, field and code that a context says, and for no other."""

from __future__ import annotations

import re

import asyncpg
import pytest

from engine.audit import BY_ITSELF
from engine.context import Section, Told
from engine.messages.letters.letter import Template
from engine.people.preferences import OFFERS
from tests.absent import ROOT
from tests.orders.house import House
from tests.rights.test_erasing import everything_of_eva

LANGUAGES = ("en", "es", "pt")
WORDS = ROOT / "web" / "shared" / "account" / "i18n"
PAGE = ROOT / "web" / "shared" / "account" / "known-words.ts"
WORD = re.compile(r"^  known_(section|field|value)_(\w+): ", re.MULTILINE)
# Whose columns the fields with codes are, which the database knows all of.
CODES = {
    "basis": ("relation.basis",),
    "channel": ("preference.channel", "message.channel", "suppression.channel", "contact_proof.channel"),
    "consent_source": ("relation.consent_source",),
    "email_vouched_by": ("profile.email_vouched_by",),
    "end_reason": ("cart.end_reason",),
    "phone_vouched_by": ("profile.phone_vouched_by",),
    "purpose": ("contact_proof.purpose",),
    "reached": ("cart.reached",),
    "reason": ("suppression.reason",),
    "state": ("orders.state", "message.state", "notice.state"),
}
# Codes that no constraint names; the channels of a profile are those of the others.
NAMED_ELSEWHERE = {
    "basis": {"consent"},
    "about": {str(each) for each in Template},
    "not_wanted": {OFFERS},
    "channels": set[str](),
}
CHECKS = """
SELECT pg_get_constraintdef(oid) AS said FROM pg_constraint
WHERE contype = 'c' AND conrelid = $1::regclass AND pg_get_constraintdef(oid) ~ ('\\(' || $2 || ' = ANY')
"""


def words(language: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"section": set(), "field": set(), "value": set()}
    for kind, word in WORD.findall((WORDS / f"known-{language}.ts").read_text("utf-8")):
        found[kind].add(word)
    return found


async def all_sections(house: House) -> list[Section]:
    """Everything that contexts may say, whether there is any of it or not."""
    chosen, *_ = await everything_of_eva(house)
    said: list[Section] = []

    async def ask_all(connection: asyncpg.Connection, told: Told) -> list[Section]:
        for each in house.engine.contexts:
            said.extend(await each.known(house.engine, connection, told) if each.known is not None else ())
        return []

    await house.engine.exporting.known(BY_ITSELF, chosen, [ask_all])
    return said


@pytest.mark.parametrize("language", LANGUAGES)
async def test_sections_and_fields_have_words(house: House, language: str) -> None:
    said = await all_sections(house)
    fields = {field for section in said for field in section.fields}
    lines = [line for section in said for row in section.rows for line in row.get("lines") or ()]
    assert lines, "of an order"
    fields |= {field for line in lines for field in line}
    for section in said:
        assert {name for row in section.rows for name in dict(row)} <= set(section.fields)
    assert words(language)["section"] == {section.name.replace(" ", "_") for section in said}
    assert words(language)["field"] == fields


@pytest.mark.parametrize("language", LANGUAGES)
async def test_codes_have_words(house: House, language: str) -> None:
    codes = set[str]()
    for columns in CODES.values():
        for column in columns:
            table, _, name = column.partition(".")
            found = await house.engine.db.fetch(CHECKS, table, name)
            assert found, f"{column} has a constraint that names its codes"
            codes |= {code for row in found for code in re.findall(r"'(\w+)'::text", row["said"])}
    for named in NAMED_ELSEWHERE.values():
        codes |= named
    assert words(language)["value"] == codes


def test_the_page_says_those_fields_in_words() -> None:
    (listed,) = re.findall(r"CODED = new Set\(\s*\"([\w ]+)\"", PAGE.read_text("utf-8"))
    assert set(listed.split()) == {*CODES, *NAMED_ELSEWHERE}
