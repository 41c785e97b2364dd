"""The HTML document that starts a page: head, first data, and the programs to load.

Pure: text in, text out. Guarantees: every value is escaped for where it stands, and nothing in the document is executed
or styled inline, so that the Content-Security-Policy needs no exception.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from server.pages.assets import Entry
from server.pages.language import OPEN_GRAPH_LOCALES, say
from server.who.languages import LANGUAGES

TITLE_CHARS_MAX = 120
DESCRIPTION_CHARS_MAX = 300


@dataclass(frozen=True, slots=True)
class Page:
    """What one document says; `path` is canonical, without language or query."""

    language: str
    origin: str
    path: str
    title: str
    description: str
    entry: Entry | None
    picture: str | None = None
    data: bytes = b"{}"  # JSON
    linked: Mapping[str, Any] | None = None
    listed: bool = True
    calendar: str | None = None
    languages: tuple[str, ...] = LANGUAGES  # in which it is to be had
    fetched: tuple[str, ...] = ()  # what the program asks for first
    frames: bool = False  # whether it shows others of this host in frames
    opened_for: str = ""  # address of a payment provider's program that it may load


def document(page: Page) -> bytes:
    """The whole document, UTF-8."""
    lines = [
        "<!doctype html>",
        f'<html lang="{page.language}">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">',
        f"<title>{escape(short(page.title, TITLE_CHARS_MAX))}</title>",
        *_meta(page),
        *_links(page),
        *_data(page),
        "</head>",
        "<body>",
        f'<div id="app"><noscript>{_plain(page, "noscript")}</noscript></div>'
        if page.entry
        else _plain(page, "unbuilt"),
        "</body>",
        "</html>",
        "",
    ]
    return "\n".join(lines).encode()


def short(text: str, chars_max: int) -> str:
    """One line of at most `chars_max` characters."""
    line = " ".join(text.split())
    return line if len(line) <= chars_max else line[: chars_max - 1].rstrip() + "…"


def embedded(text: str) -> str:
    """JSON that cannot end the script element it stands in, whatever the strings in it say."""
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _meta(page: Page) -> list[str]:
    title, description = short(page.title, TITLE_CHARS_MAX), short(page.description, DESCRIPTION_CHARS_MAX)
    named = {"description": description, "color-scheme": "light dark", "twitter:card": "summary_large_image"}
    if not page.listed:
        named["robots"] = "noindex"
    graph = {
        "og:site_name": "Aforo",
        "og:type": "website",
        "og:title": title,
        "og:description": description,
        "og:url": page.origin + page.path,
        "og:locale": OPEN_GRAPH_LOCALES[page.language],
    }
    if page.picture:
        graph |= {"og:image": page.origin + page.picture, "og:image:width": "1200", "og:image:height": "630"}
        graph["og:image:alt"] = title
    return [
        *(f'<meta name="{name}" content="{escape(value)}">' for name, value in named.items()),
        *(f'<meta property="{name}" content="{escape(value)}">' for name, value in graph.items()),
    ]


def _links(page: Page) -> list[str]:
    address = escape(page.origin + page.path)
    lines = []
    if page.listed:
        lines.append(f'<link rel="canonical" href="{address}">')
        lines += [f'<link rel="alternate" hreflang="{name}" href="{address}?lang={name}">' for name in page.languages]
    if page.listed and page.languages:
        lines.append(f'<link rel="alternate" hreflang="x-default" href="{address}">')
    if page.calendar:
        lines.append(f'<link rel="alternate" type="text/calendar" href="{escape(page.calendar)}">')
    lines.append('<link rel="icon" href="/icon.svg" type="image/svg+xml">')
    lines.append('<link rel="apple-touch-icon" href="/icon-180.png">')
    lines.append('<link rel="manifest" href="/app.webmanifest">')
    if page.entry and page.entry.font:
        lines.append(f'<link rel="preload" href="{escape(page.entry.font)}" as="font" type="font/woff2" crossorigin>')
    if page.entry:
        lines += [f'<link rel="stylesheet" href="{escape(style)}">' for style in page.entry.styles]
        lines += [f'<link rel="preload" href="{escape(name)}" as="fetch" crossorigin>' for name in page.fetched]
        lines += [f'<link rel="modulepreload" href="{escape(name)}">' for name in page.entry.preloads]
        lines.append(f'<script type="module" src="{escape(page.entry.script)}"></script>')
    return lines


def _data(page: Page) -> list[str]:
    lines = [f'<script type="application/json" id="aforo">{embedded(page.data.decode())}</script>']
    if page.linked is not None:
        lines.append(
            f'<script type="application/ld+json">{embedded(json.dumps(page.linked, ensure_ascii=False))}</script>'
        )
    return lines


def _plain(page: Page, why: str) -> str:
    """What is shown when no program runs: the facts, and the reason."""
    return (
        f"<main><h1>{escape(page.title)}</h1><p>{escape(page.description)}</p>"
        f"<p>{escape(say(page.language, why))}</p></main>"
    )
