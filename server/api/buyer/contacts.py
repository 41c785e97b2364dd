"""Contacts over HTTP: a buyer claims an address, and shows with the code of a letter that it is theirs."""

from __future__ import annotations

from engine.contacts import ProofAsk, Purpose
from engine.refusals import Code, accept
from server.buying.persons import written
from server.contract.needs import Need
from server.contract.persons import Claim, ClaimBody, CodeBody, Proof
from server.contract.routes import Reply, route
from server.who.call import Call


@route("POST", "/api/contacts", needs=Need.BUYER, status=202, answer=Claim, codes=(Code.INVALID, Code.TOO_MANY_ASKS))
async def claim(call: Call, body: ClaimBody) -> Reply:
    """Send a letter with a link and a code to an address of yours; the answer is the same for every address."""
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
