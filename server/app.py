"""The aiohttp application: routes, the socket's address, and what wraps every request.

Owns: request ids, refusals and faults as problem documents, the origin check, security headers, the access log.
Guarantees: a fault is logged with its request id and told as `internal`; nothing of what was sent is logged.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable

from aiohttp import web

from engine.limits import HTTP_BODY_BYTES_MAX
from engine.refusals import Code, RefusalError
from server.api import all_routes, operations
from server.api.answering import answering
from server.api.public import payment_hooks
from server.api.security import outside, tokens
from server.contract import problems
from server.contract.faults import or_unavailable
from server.contract.needs import Address
from server.live import upgrade
from server.live.socket import LIVE
from server.observe.logs import REQUEST
from server.pages import api_docs, links, preferences, routes
from server.pages.assets import Assets, built_folder
from server.pages.routes import share
from server.process import Process
from server.services import SERVICES
from server.who.addresses import address_of, origin_allowed
from server.who.call import PERMIT, guarded
from server.who.tokens import RENEWED, SESSION_COOKIE

access = logging.getLogger("server.access")
log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

READING = frozenset({"GET", "HEAD", "OPTIONS"})
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Server": "aforo",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
BY_STATUS = {
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    413: Code.TOO_LARGE,
}


def build(process: Process, assets: Assets | None = None) -> web.Application:
    """The application; `assets` are the built pages, unless others are given."""
    app = web.Application(client_max_size=HTTP_BODY_BYTES_MAX, middlewares=[watched, mapped])
    app.on_response_prepare.append(headed)
    app[SERVICES] = process.services
    app[LIVE] = process.live
    assets = assets or Assets(built_folder())
    share(app, process.engine, assets)
    paths = {route.path for route in all_routes()}
    for route in all_routes():
        add(app, route.method, own(route.path, paths), answering(process.services, route))
    for address in addresses(assets):
        add(app, address.method, address.path, guarded(process.services, address))
    return app


def addresses(assets: Assets) -> tuple[Address, ...]:
    """Every address that is no route of the API. The last answers what no other does."""
    of_security = (outside.ADDRESSES, tokens.ADDRESSES)
    ours = (
        operations.ADDRESSES,
        payment_hooks.ADDRESSES,
        *of_security,
        upgrade.ADDRESSES,
        api_docs.ADDRESSES,
        links.ADDRESSES,
        preferences.ADDRESSES,
    )
    parts = (*ours, routes.addresses(assets))
    return tuple(each for part in parts for each in part)


def own(path: str, paths: set[str]) -> str:
    """A path whose last parameter takes no word that another path has there: an address belongs to one path."""
    before, _, name = path.rpartition("/")
    if not name.startswith("{"):
        return path
    words = sorted(each.rpartition("/")[2] for each in paths if each.rpartition("/")[0] == before and each[-1] != "}")
    return f"{before}/{{{name[1:-1]}:(?!(?:{'|'.join(words)})$)[^{{}}/]+}}" if words else path


def add(app: web.Application, method: str, path: str, handle: Handler) -> None:
    if method == "GET":
        app.router.add_get(path, handle)  # HEAD as well
    else:
        app.router.add_route(method, path, handle)


@web.middleware
async def watched(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request an id, measure it, log it."""
    services = request.app[SERVICES]
    request_id = services.request_id()
    REQUEST.set(request_id)
    began_at = time.perf_counter()
    response = await handler(request)
    passed_s = time.perf_counter() - began_at
    route = route_of(request)
    if not response.prepared:
        await headed(request, response)
    if route not in QUIET:
        services.metrics.requested(request.method, route, response.status, passed_s)
        access.info(
            "request",
            extra={
                "method": request.method,
                "route": route,
                "status": response.status,
                "ms": round(passed_s * 1000, 1),
            },
        )
    return response


async def headed(request: web.Request, response: web.StreamResponse) -> None:
    """The headers that every answer has: also one that is sent part by part, before its first."""
    if isinstance(response, web.WebSocketResponse) or "Aforo-Request" in response.headers:
        return
    response.headers["Aforo-Request"] = REQUEST.get()
    if RENEWED in request and not gives_session(response):
        response.headers.add("Set-Cookie", request[RENEWED])
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)


def gives_session(response: web.StreamResponse) -> bool:
    """Whether an answer sets or takes back the cookie of a session by itself."""
    return any(SESSION_COOKIE in cookie for cookie in response.headers.getall("Set-Cookie", ()))


def route_of(request: web.Request) -> str:
    """The path as it was declared."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"


@web.middleware
async def mapped(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals and faults become problem documents here and nowhere else."""
    services = request.app[SERVICES]
    try:
        if request.method not in READING and not origin_allowed(request, services.engine.settings):
            raise RefusalError(Code.FORBIDDEN, "Another site's page may not do this.")
        return await or_unavailable(handler(request), request.method)
    except RefusalError as refusal:
        address = address_of(request, services.engine.settings)
        what = f"{request.method} {route_of(request)}"
        services.refused(refusal.code, address, what, request.get(PERMIT))
        return problems.answer(refusal)
    except web.HTTPException as error:
        if error.status < web.HTTPBadRequest.status_code:
            raise
        response = problems.answer(RefusalError(BY_STATUS.get(error.status, Code.BAD_MESSAGE)))
        if isinstance(error, web.HTTPMethodNotAllowed):
            response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return response
    except Exception:
        log.exception("a request failed")
        services.metrics.refused(Code.INTERNAL.word)
        return problems.answer(RefusalError(Code.INTERNAL))
