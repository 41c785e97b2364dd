"""Tax rules: taxes that an organizer's new sales have, by the country of their venue, unless they say others.

Owns tax_rules. Guarantees: a sale has the rules as they were when it was made: they are copied into its price list, and
a later change of the rules changes no sale; each act is in the trail. Fails with mistakes or refusals, as values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import asyncpg
from pydantic import Field

from engine.audit import Act, write
from engine.catalog import sql
from engine.catalog.draft import read_input
from engine.catalog.due_inputs import Taxes, TaxInput
from engine.catalog.dues import ppm_of
from engine.catalog.fields import Input, Key
from engine.catalog.findings import Findings
from engine.catalog.inputs import SaleInput
from engine.catalog.mistakes import Lines, Mistake
from engine.countries import COUNTRIES, NO_COUNTRY
from engine.refusals import Code, Refused
from engine.stores.office import Office
from engine.text import NoTwins

READ = "SELECT version, rules FROM tax_rules WHERE organizer_id = $1"
WRITE = """
INSERT INTO tax_rules AS t (organizer_id, version, rules) VALUES ($1, 1, $2)
ON CONFLICT (organizer_id) DO UPDATE SET version = t.version + 1, rules = excluded.rules WHERE t.version = $3
RETURNING version
"""


class TaxRulesInput(Input):
    """Taxes by country, all of them anew."""

    countries: Annotated[dict[Key, Taxes], NoTwins, Field(max_length=len(COUNTRIES))]  # by two letters of ISO 3166
    version: Annotated[int, Field(strict=True, ge=0)] | None = None  # the one that was looked at


class TaxRules:
    def __init__(self, office: Office) -> None:
        self._office = office

    async def of(self, organizer: str) -> tuple[int, Mapping[str, Any]]:
        """Their version, 0 while there are none, and what was written by country."""
        row = await self._office.fetchrow(organizer, READ, organizer)
        return (0, {}) if row is None else (row["version"], row["rules"])

    async def change(
        self, by: Act, body: Any, lines: Lines | None = None
    ) -> tuple[int, Mapping[str, Any]] | Refused | list[Mistake]:
        """All rules anew; sales that exist keep theirs."""
        findings = Findings(lines or {})
        read = read_input(TaxRulesInput, body, findings)
        if read is None:
            return findings.listed()
        for country, taxes in read.countries.items():
            if country.upper() not in COUNTRIES:
                findings.add(("countries", country), NO_COUNTRY)
            _check(country, taxes, findings)
        if findings.paths:
            return findings.listed()
        rules = {
            country.upper(): {
                key: tax.model_dump(mode="json", by_alias=True, exclude_none=True) for key, tax in taxes.items()
            }
            for country, taxes in read.countries.items()
            if taxes
        }
        async with self._office.transaction(by) as connection:
            row = await connection.fetchrow(READ, by.organizer_id)
            version, before = (0, {}) if row is None else (row["version"], row["rules"])
            if read.version is not None and read.version != version:
                return Refused(Code.CHANGED_MEANWHILE)
            if before == rules:
                return version, before
            written = await connection.fetchval(WRITE, by.organizer_id, rules, version)
            if written is None:
                return Refused(Code.CHANGED_MEANWHILE)
            await write(connection, by, "organizer.taxes", by.organizer_id, before=before, after=rules)
        return written, rules


def _as_json(taxes: Mapping[str, TaxInput]) -> dict[str, Any]:
    return {key: tax.model_dump(mode="json", by_alias=True, exclude_none=True) for key, tax in taxes.items()}


def _check(country: str, taxes: Mapping[str, TaxInput], findings: Findings) -> None:
    rest = [key for key, tax in taxes.items() if not tax.of]
    if len(rest) > 1:
        said = f"is of all that has no tax of its own, as {rest[0]} is: say what it is for"
        findings.add(("countries", country, rest[1]), said)
    for key, tax in taxes.items():
        try:
            ppm_of(tax.rate)
        except ValueError as wrong:
            findings.add(("countries", country, key, "rate"), str(wrong))


async def read_rules(db: asyncpg.Connection, organizer: str, country: str | None) -> dict[str, TaxInput]:
    """Those of a country; none where it is not known."""
    row = await db.fetchrow(READ, organizer) if country else None
    stored = {} if row is None else row["rules"].get(country, {})
    return {key: TaxInput.model_validate(each) for key, each in stored.items()}


async def country_of(
    db: asyncpg.Connection, organizer: str, read: SaleInput, venue: Mapping[str, Any] | None
) -> str | None:
    """In which country a new sale takes place, where it says no taxes itself."""
    if "taxes" in read.model_fields_set:
        return None
    if venue is not None and read.venue is None:
        stored: str | None = venue["country"]
        return stored
    if read.venue is None or read.venue.country is not None:
        return None if read.venue is None else read.venue.country
    same = await db.fetchrow(sql.SAME_VENUE, organizer, read.venue.name, read.zone)
    return None if same is None else same["country"]
