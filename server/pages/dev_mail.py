"""`/dev/mail`: every letter and text message as its reader gets it, for demos and development.

Guarantees: it is there only where AFORO_DEV_MAIL says so, only for operators, and only by a name of this machine, since
who reads it can open anybody's links. A letter is shown in a frame where nothing of it runs and nothing is fetched.
"""

from __future__ import annotations

import hashlib
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from engine.limits import MAIL_SHOWN_MAX
from engine.messages import Mail
from engine.refusals import Code, RefusalError
from engine.settings import Settings
from server.contract.needs import Address, Need
from server.contract.wire import encode
from server.pages.context import PAGES
from server.pages.language import say
from server.pages.shell import Page
from server.pages.shells import PRIVATE, program, respond
from server.who.languages import language_of

# The text of a letter has its styles in it, and its links open elsewhere.
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'self'; frame-ancestors 'self'; form-action 'none'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
META = '<meta charset="utf-8">'
ELSEWHERE = '<base target="_blank">'


def checked(request: web.Request) -> Settings:
    """The settings, if the page is there for who asks."""
    settings = request.app[PAGES].engine.settings
    if not settings.dev_mail or not is_own_name(request.host, settings):
        raise RefusalError(Code.NOT_FOUND)
    return settings


def is_own_name(host: str, settings: Settings) -> bool:
    """Not a name of a stranger that leads here: by DNS rebinding their page could read what we answer."""
    name = urlsplit(f"//{host}").hostname or ""
    if name in ("localhost", urlsplit(settings.public_url).hostname):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


async def show_page(request: web.Request) -> web.Response:
    checked(request)
    pages, language = request.app[PAGES], language_of(request)
    return respond(
        request,
        Page(
            language=language,
            origin=pages.origin(request),
            path="/dev/mail",
            title=say(language, "mail_title"),
            description=say(language, "mail_text"),
            entry=program(pages, "mail", "", language),
            listed=False,
            frames=True,
        ),
    )


async def show_list(request: web.Request) -> web.Response:
    """The newest, as JSON; 304 while there is nothing new."""
    checked(request)
    limit = request.query.get("limit", "")
    count = min(max(1, int(limit)), MAIL_SHOWN_MAX) if limit.isdecimal() and len(limit) <= 4 else 50
    found = await request.app[PAGES].engine.letterbox.mailbox.newest(count)
    body = encode({"items": [mail_shape(mail) for mail in found]})
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {"Cache-Control": "private, no-cache", "ETag": etag}
    if etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type="application/json", headers=headers)


async def show_letter(request: web.Request) -> web.Response:
    checked(request)
    found = await request.app[PAGES].engine.letterbox.mailbox.one(request.match_info["message"])
    if found is None or not found.message.words.html:
        raise RefusalError(Code.NOT_FOUND)
    html = found.message.words.html.replace(META, META + ELSEWHERE, 1)
    headers = {"Cache-Control": PRIVATE, "Content-Security-Policy": LETTER_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return web.Response(text=html, content_type="text/html", charset="utf-8", headers=headers)


async def show_file(request: web.Request) -> web.Response:
    """An attachment, drawn anew: nothing of it is kept."""
    checked(request)
    found = await request.app[PAGES].engine.letterbox.mailbox.one(request.match_info["message"])
    wanted = request.match_info["file"]
    file = None if found is None else next((each for each in found.files if each.name == wanted), None)
    if file is None:
        return web.Response(status=404, text="This letter has no such file.")
    drawn = await file.drawn()
    headers = {
        "Cache-Control": PRIVATE,
        "Content-Type": drawn.kind,
        "Content-Disposition": f'attachment; filename="{drawn.name}"',
    }
    return web.Response(body=drawn.body, headers=headers)


def mail_shape(mail: Mail) -> dict[str, Any]:
    words = mail.message.words
    return {
        "id": mail.message.id,
        "at_ms": int(mail.at.timestamp() * 1000),
        "channel": mail.channel,
        "to": mail.message.to,
        "subject": words.subject if mail.channel == "email" else "",
        "text": words.text if mail.channel == "email" else words.short,
        "html": bool(words.html) and mail.channel == "email",
        "link": mail.message.link,
        "headers": mail.headers,
        "files": [each.name for each in mail.files],
        "state": mail.state,
        "template": mail.template,
        "tries": mail.tries,
        "said": mail.said,
        "locale": mail.message.locale,
    }


ADDRESSES = (
    Address("GET", "/dev/mail", Need.OPERATOR, show_page),
    Address("GET", "/dev/mail/list", Need.OPERATOR, show_list),
    Address("GET", r"/dev/mail/{message:[\w.-]{1,64}}.html", Need.OPERATOR, show_letter),
    Address("GET", r"/dev/mail/{message:[\w.-]{1,64}}/{file:[\w.-]{1,64}}", Need.OPERATOR, show_file),
)
