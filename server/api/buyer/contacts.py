"""Contacts over HTTP: a buyer claims an address, and shows with the code of a letter that it is theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from engine.contacts import ProofAsk, Purpose
from engine.limits import EMAIL_CHARS_MAX, LOCALE_CHARS_MAX
from engine.refusals import Code, accept
from engine.text import Written
from server.buying.persons import written
from server.contract.asks import Ask
from server.contract.needs import Need
from server.contract.routes import Reply, route
from server.who.call import Call


class ClaimBody(Ask):
    purpose: Literal["offers", "entry"]
    channel: Literal["email", "sms"]
    address: Annotated[str, Written(EMAIL_CHARS_MAX, chars_min=3)]
    locale: Annotated[str, Written(LOCALE_CHARS_MAX)] = "en"


class CodeBody(Ask):
    purpose: Literal["offers", "entry"]
    channel: Literal["email", "sms"]
    address: Annotated[str, Written(EMAIL_CHARS_MAX, chars_min=3)]
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] = Field(description="The digits of the letter.")


@dataclass(frozen=True, slots=True)
class Claim:
    code_until: datetime
    link_until: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    address: str
    confirmed: bool


@route("POST", "/api/contacts", needs=Need.BUYER, status=202, answer=Claim, codes=(Code.INVALID, Code.TOO_MANY_ASKS))
async def claim(call: Call, body: ClaimBody) -> Reply:
    """Have a letter with a link and a code sent to an address of yours; says the same of every address."""
    ask = ProofAsk(
        Purpose(body.purpose),
        body.channel,
        written(body.channel, body.address),
        call.known_buyer(),
        body.locale,
        call.address,
    )
    asked = accept(await call.services.engine.contacts.ask(ask))
    return Reply(Claim(asked.code_until, asked.link_until), 202)


@route("POST", "/api/contacts/confirm", needs=Need.BUYER, codes=(Code.INVALID, Code.WRONG_CODE))
async def confirm(call: Call, body: CodeBody) -> Proof:
    """Show with the code of the letter that an address is yours; five wrong codes end it."""
    address = written(body.channel, body.address)
    contacts, purpose = call.services.engine.contacts, Purpose(body.purpose)
    accept(await contacts.confirm_code(purpose, call.known_buyer(), body.channel, address, body.code))
    return Proof(address, confirmed=True)
