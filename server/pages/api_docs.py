"""The page to read the API at, and the two documents it is made from.

Guarantees: nothing is loaded from third parties and no script runs; the page's policy enforces both.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from functools import cache
from typing import Any

import orjson
from aiohttp import web

from server.contract import asyncapi, openapi
from server.contract.needs import Address, Need

CACHE = {"Cache-Control": "public, max-age=300"}
POLICY = "default-src 'none'; style-src 'sha256-{style}'; frame-ancestors 'none'; base-uri 'none'"
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c1c28;background:#fff}
h1{font-size:1.6rem}h2{margin-top:2.5rem;border-bottom:1px solid #ddd}code,pre{font:14px/1.5 ui-monospace,monospace}
pre{background:#f5f5f8;padding:.8rem;overflow:auto;border-radius:.4rem}details{margin:.6rem 0}summary{cursor:pointer}
.m{display:inline-block;min-width:4.5rem;font-weight:600}.w{color:#575766;font-size:.9rem}
@media(prefers-color-scheme:dark){body{background:#15151c;color:#ececf2}pre{background:#23232e}.w{color:#a9a9ba}}
"""


async def show_openapi(_request: web.Request) -> web.Response:
    return web.Response(body=orjson.dumps(openapi.current()), content_type="application/json", headers=CACHE)


async def show_asyncapi(_request: web.Request) -> web.Response:
    return web.Response(body=orjson.dumps(asyncapi.current()), content_type="application/json", headers=CACHE)


async def show_page(_request: web.Request) -> web.Response:
    headers = {**CACHE, "Content-Security-Policy": POLICY.format(style=style_hash())}
    return web.Response(text=page(), content_type="text/html", headers=headers)


def style_hash() -> str:
    import base64
    import hashlib

    return base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


@cache
def page() -> str:
    described = openapi.current()
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Aforo API</title>',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<style>{STYLE}</style></head><body><main><h1>Aforo API</h1>",
        '<p>For machines: <a href="/api/openapi.json">OpenAPI 3.1</a> (HTTP) and '
        '<a href="/api/asyncapi.json">AsyncAPI 3</a> (the socket at <code>/ws</code>).</p>',
        "<h2>HTTP</h2>",
    ]
    for path, methods in described["paths"].items():
        parts += [operation(method, path, each) for method, each in methods.items()]
    parts.append("<h2>Socket: what may be asked</h2>")
    for name, message in asyncapi.current()["components"]["messages"].items():
        parts.append(folded(f"<code>{html.escape(name)}</code> {html.escape(message.get('summary', ''))}", message))
    parts.append("<h2>Types</h2>")
    types = {**asyncapi.current()["components"]["schemas"], **described["components"]["schemas"]}
    parts += [folded(f"<code>{html.escape(name)}</code>", schema) for name, schema in sorted(types.items())]
    return "".join([*parts, "</main></body></html>"])


def operation(method: str, path: str, each: Mapping[str, Any]) -> str:
    head = f'<span class="m">{method.upper()}</span> <code>{html.escape(path)}</code><br>'
    return folded(f'{head}<span class="w">{html.escape(each["summary"])}</span>', each)


def folded(summary: str, content: Mapping[str, Any]) -> str:
    text = html.escape(orjson.dumps(content, option=orjson.OPT_INDENT_2).decode())
    return f"<details><summary>{summary}</summary><pre>{text}</pre></details>"


ADDRESSES = (
    Address("GET", "/api/openapi.json", Need.NOBODY, show_openapi),
    Address("GET", "/api/asyncapi.json", Need.NOBODY, show_asyncapi),
    Address("GET", "/api/docs", Need.NOBODY, show_page),
)
