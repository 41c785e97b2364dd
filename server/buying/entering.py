"""What a buyer brings to get a place in a sale: a solved challenge, a code, an address, and their network's allowance.

Guarantees: tries at a code are counted before it is checked, per buyer and per network, and given back when it was
right. Whoever is in none of the segments for which a sale is keeps their account for another time. A signed place
costs nothing again; neither does one in a rehearsal.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from engine.access import ENTRY_CODES, PLACES
from engine.catalog.model import SaleKind
from engine.onsale.model import Brought
from engine.refusals import Code, RefusalError, Refused, accept
from server.contract.rooms import EntryBody
from server.who.caller import Caller

# The secrets that are tried: codes that open a sale, and those that are typed into a cart.
ENTRY_CODE, CART_CODE = "entry", "unlock"
Given = TypeVar("Given")

# What a sale may refuse for want of.
ASKED_FOR_A_PLACE = (Code.CHALLENGE_NEEDED, Code.CONTACT_NEEDED, Code.ACCOUNT_NEEDED, Code.ENTRY_CODE_NEEDED)


@dataclass(slots=True)
class Tries:
    """What was tried, and whether it was wrong."""

    wrong: bool = False


@asynccontextmanager
async def brought_for(caller: Caller, sale: str, ask: EntryBody) -> AsyncIterator[Brought]:
    """What the caller brings; leaving the block without an exception means that it was accepted."""
    engine, buyer = caller.services.engine, caller.known_buyer()
    brought = Brought(waived=engine.allowances.trusts(caller.address))
    if ask.proof is not None:
        proof = engine.challenges.proof_of(ask.proof, sale, buyer)
        if proof is None:
            raise RefusalError(Code.CHALLENGE_NEEDED)
        brought = replace(brought, proof=proof)
    async with code_counted(caller, ENTRY_CODE, sale, ask.code) as mark:
        yield brought if mark is None else replace(brought, code=mark)


@asynccontextmanager
async def code_counted(caller: Caller, secret: str, sale: str, code: str | None) -> AsyncIterator[str | None]:
    """The mark of a code that is tried; leaving the block without an exception means that it was right."""
    async with tries_counted(caller, secret, sale, tried=code is not None):
        yield None if code is None else caller.services.engine.signer.entry_code_mark(code)


@asynccontextmanager
async def tries_counted(caller: Caller, secret: str, sale: str, *, tried: bool) -> AsyncIterator[Tries]:
    """The same, where `tried`; a block may also say that something was wrong, and go on."""
    tries = Tries()
    if not tried:
        yield tries
        return
    engine, about = caller.services.engine, f"{sale} {caller.known_buyer()}"
    await caller.spend(ENTRY_CODES)
    await engine.guesses.begin(secret, about)
    yield tries
    if not tries.wrong:
        await engine.allowances.take(ENTRY_CODES, caller.address, -1)
        await engine.guesses.was_right(secret, about)


async def given(
    caller: Caller, sale: str, brought: Brought, ask: Callable[[Brought], Awaitable[Given | Refused]]
) -> Given:
    """Ask for a place or a cart; where the sale wants a proven address for it, look for the caller's and ask again."""
    answer = await ask(brought)
    if answer == Refused(Code.CONTACT_NEEDED):
        refused = await caller.services.engine.contacts.use(sale, caller.known_buyer())
        if refused is not None:
            accept(refused)
        answer = await ask(replace(brought, contact=True))
    elif answer == Refused(Code.ACCOUNT_NEEDED):
        answer = await _by_account(caller, sale, brought, ask)
    return accept(answer)


async def _by_account(
    caller: Caller, sale: str, brought: Brought, ask: Callable[[Brought], Awaitable[Given | Refused]]
) -> Given | Refused:
    """Ask again for whoever is signed in, with the segments their account is in; only what is given uses it up."""
    engine, buyer = caller.services.engine, caller.known_buyer()
    belongs = await engine.belonging.of(sale, buyer)
    if belongs is None:
        return Refused(Code.ACCOUNT_NEEDED)
    brought = replace(brought, segments=belongs.segments)
    if not belongs.in_all:
        answer = await ask(brought)
        if answer != Refused(Code.ACCOUNT_NEEDED):
            return answer
    refused = await engine.contacts.use_account(sale, buyer, belongs.account, belongs.people)
    return refused or await ask(replace(brought, account=True))


@asynccontextmanager
async def place_counted(caller: Caller, sale: str) -> AsyncIterator[None]:
    """Take one of the places that the caller's network may have; given back when the block is refused."""
    if await caller.kind(sale) is SaleKind.REHEARSAL:
        yield
        return
    await caller.spend(PLACES)
    try:
        yield
    except RefusalError:
        await caller.services.engine.allowances.take(PLACES, caller.address, -1)
        raise
