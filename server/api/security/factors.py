"""Second factors of one's own account: passkeys, an authenticator app, recovery codes.

What changes them needs one that was shown within minutes. Answers with secrets in them are not kept for repeats.
"""

from __future__ import annotations

from typing import Any

from engine.refusals import Code, RefusalError, accept
from server.api.security.own import own_of, relying_party
from server.contract.needs import Need
from server.contract.routes import Reply, route
from server.contract.security.factors import (
    ConfirmBody,
    CreationOptions,
    FactorsShape,
    LabelBody,
    MadePasskey,
    NewPasskeyBody,
    RecoveryShape,
    TotpSecretShape,
    factors_shape,
)
from server.who.call import Call

WRONG = (Code.WRONG_FACTOR, Code.TOO_MANY_TRIES, Code.INVALID)


@route("GET", "/api/security/me/factors", needs=Need.ACCOUNT)
async def list_factors(call: Call) -> FactorsShape:
    """Your second factors."""
    factors = call.services.engine.factors
    return factors_shape(await factors.held(call.account), await factors.passkeys.list(call.account))


@route("POST", "/api/security/me/totp", needs=Need.ACCOUNT, steps_up=True, codes=(Code.CONFLICT,))
async def begin_totp(call: Call) -> TotpSecretShape:
    """A secret for an authenticator app; it counts once it is confirmed, and is shown only now."""
    own = await own_of(call)
    made = accept(await call.services.engine.factors.begin_totp(own.account))
    return {"secret": made.secret, "uri": made.uri, "qr": made.qr}


@route("POST", "/api/security/me/totp/confirm", needs=Need.ACCOUNT, codes=WRONG)
async def confirm_totp(call: Call, body: ConfirmBody) -> RecoveryShape:
    """Let the app count, by a code of it; recovery codes, which are shown only now."""
    return {"recovery": accept(await call.services.engine.factors.confirm_totp(await own_of(call), body.code))}


@route("POST", "/api/security/me/totp/remove", needs=Need.ACCOUNT, steps_up=True, status=204, answer=None)
async def remove_totp(call: Call) -> Reply:
    """Codes of the app open nothing from now on."""
    if not await call.services.engine.factors.remove_totp(await own_of(call)):
        raise RefusalError(Code.NOT_FOUND)
    return Reply(None, 204)


@route("POST", "/api/security/me/recovery", needs=Need.ACCOUNT, steps_up=True, codes=(Code.CONFLICT,))
async def make_recovery(call: Call) -> RecoveryShape:
    """Other recovery codes, shown only now; the ones before open nothing any more."""
    return {"recovery": accept(await call.services.engine.factors.new_recovery(await own_of(call)))}


@route("POST", "/api/security/me/passkeys/options", needs=Need.ACCOUNT, steps_up=True, answer=CreationOptions)
async def passkey_options(call: Call) -> Any:
    """What `navigator.credentials.create()` takes, as JSON."""
    own = await own_of(call)
    return await call.services.engine.factors.passkeys.to_create(own.account, own.ceremony(relying_party(call)))


@route("POST", "/api/security/me/passkeys", needs=Need.ACCOUNT, status=201, codes=(*WRONG, Code.CONFLICT))
async def add_passkey(call: Call, body: NewPasskeyBody) -> MadePasskey:
    """The passkey that was made for those options."""
    own = await own_of(call)
    label = body.label or own.session.device or "Passkey"
    added = await call.services.engine.factors.add_passkey(
        own, body.credential.plain(), relying_party(call), label=label
    )
    return {"id": accept(added)}


@route(
    "PUT",
    "/api/security/me/passkeys/{passkey}",
    needs=Need.ACCOUNT,
    status=204,
    answer=None,
    codes=(Code.INVALID, Code.NOT_FOUND),
)
async def label_passkey(call: Call, body: LabelBody) -> Reply:
    """Name it."""
    if not await call.services.engine.factors.passkeys.label(call.account, call.part("passkey"), body.label):
        raise RefusalError(Code.NOT_FOUND)
    return Reply(None, 204)


@route("DELETE", "/api/security/me/passkeys/{passkey}", needs=Need.ACCOUNT, steps_up=True, status=204, answer=None)
async def remove_passkey(call: Call) -> Reply:
    """It opens nothing from now on."""
    if not await call.services.engine.factors.remove_passkey(await own_of(call), call.part("passkey")):
        raise RefusalError(Code.NOT_FOUND)
    return Reply(None, 204)
