"""The small pages behind links in letters: a sentence, perhaps a button; no script, no style, in three languages."""

from __future__ import annotations

import html

from aiohttp import web

from engine.messages import LOCALES

NO_SCRIPT = "default-src 'none'; form-action 'self'; frame-ancestors 'none'"


def language(request: web.Request) -> str:
    wanted = request.headers.get("Accept-Language", "")[:2].lower()
    return wanted if wanted in LOCALES else "en"


def page(request: web.Request, title: str, body: str) -> web.Response:
    """`body` is HTML, `title` is text."""
    text = (
        f'<!doctype html><html lang="{language(request)}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<title>{html.escape(title)}</title><h1>{html.escape(title)}</h1>{body}</html>"
    )
    headers = {"Content-Security-Policy": NO_SCRIPT, "Cache-Control": "no-store"}
    return web.Response(text=text, content_type="text/html", headers=headers)


def button(text: str) -> str:
    """A form that posts to its own address."""
    return f'<form method="post"><button>{html.escape(text)}</button></form>'
