"""Tokens made from API keys, for programs that call often; and the public keys by which anybody checks them."""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp import web

from engine.access import Permission, permit_of
from engine.refusals import Code, RefusalError
from server.contract.needs import Address, Need
from server.contract.routes import route
from server.contract.security.keys import MadeToken, TokenAskBody
from server.contract.stamps import in_ms
from server.services import SERVICES
from server.who.call import Call

JWKS_TYPE = "application/jwk-set+json"
A_WHILE = "public, max-age=30"  # less than a new key is announced before it signs


@route("POST", "/api/security/tokens", needs=Need.KEY)
async def make_token(call: Call, body: TokenAskBody) -> MadeToken:
    """A token that may what your key may, or less, for some minutes at most. Only a key makes one."""
    key = call.shown_key
    has = permit_of(key).grants[0].permissions
    wanted = has if body.scopes is None else frozenset(map(Permission, body.scopes))
    beyond = sorted(each.value for each in wanted - has)
    if beyond:
        raise RefusalError(Code.FORBIDDEN, "Your key may not do this itself.", permissions=beyond)
    token, until = call.services.engine.key_tokens.issue(key, wanted, body.seconds)
    return {"token": token, "until_at_ms": in_ms(until)}


async def show_jwks(request: web.Request) -> web.Response:
    document: Any = request.app[SERVICES].engine.key_tokens.jwks()
    headers = {"Cache-Control": A_WHILE, "Content-Type": JWKS_TYPE, "Access-Control-Allow-Origin": "*"}
    return web.Response(body=orjson.dumps(document), headers=headers)


ADDRESSES = (Address("GET", "/.well-known/jwks.json", Need.NOBODY, show_jwks),)
