"""The frame of a letter in HTML: one column, one button, light and dark, for mail programs old and new. Pure.

Guarantees: no picture, script or address but the link, so that opening a letter tells nobody; all text is escaped.
Tables and styles in attributes, since mail programs drop most of what is elsewhere. Colours are those of
web/shared/ui/tokens.css.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

FACE = "Archivo,'Helvetica Neue',Helvetica,Arial,sans-serif"
DARK = """\
:root{color-scheme:light dark}
@media (prefers-color-scheme:dark){
.paper{background:#0f1214!important}.card{background:#181c1f!important;border-color:#2b3136!important}
.ink{color:#f2f3ef!important}.soft,.soft a{color:#b9bfc4!important}.line{border-color:#2b3136!important}
}"""
PAGE = """\
<!doctype html>
<html lang="{locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{subject}</title>
<style>{dark}</style>
</head>
<body class="paper" style="margin:0;padding:0;background:#f3f4f1">
<table role="presentation" class="paper" width="100%" cellpadding="0" cellspacing="0" style="background:#f3f4f1">
<tr><td align="center" style="padding:32px 16px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" \
style="max-width:560px;background:#ffffff;border:1px solid #d5d8d2;border-radius:4px">
<tr><td style="height:6px;background:#ffc629;border-radius:4px 4px 0 0;font-size:0;line-height:0">&nbsp;</td></tr>
<tr><td style="padding:28px 28px 32px;font-family:{face};font-size:16px;line-height:1.5">
<p class="soft" style="margin:0 0 20px;font-size:13px;font-weight:600;letter-spacing:.04em;color:#484e54">{brand}</p>
<h1 class="ink" style="margin:0 0 20px;font-size:26px;line-height:1.2;font-weight:800;color:#14171a">{subject}</h1>
{body}
</td></tr></table>
<p class="soft" style="max-width:560px;margin:20px 0 0;padding:0 12px;font-family:{face};font-size:13px;\
line-height:1.5;color:#484e54;text-align:left">{foot}{ways}</p>
</td></tr></table>
</body>
</html>
"""
PARAGRAPH = '<p class="ink" style="margin:0 0 14px;color:#14171a">{text}</p>'
SMALL = '<p class="soft" style="margin:0 0 14px;font-size:13px;color:#484e54;overflow-wrap:anywhere">{text}</p>'
NOT_YOU = (
    '<p class="soft line" style="margin:24px 0 0;padding:18px 0 0;border-top:1px dashed #d5d8d2;font-size:14px;'
    'color:#484e54">{text}</p>'
)
WAY = ' <a href="{link}" style="color:#484e54">{text}</a>.'
BUTTON = (
    '<p style="margin:24px 0"><a href="{link}" style="display:inline-block;padding:13px 24px;background:#ffc629;'
    'border-radius:4px;font-weight:700;color:#14171a;text-decoration:none">{button}</a></p>'
)
FACT = (
    '<tr><td class="soft" style="padding:3px 16px 3px 0;vertical-align:top;color:#484e54">{label}</td>'
    '<td class="ink" style="padding:3px 0;color:#14171a;overflow-wrap:anywhere">{value}</td></tr>'
)
FACTS = (
    '<table role="presentation" cellpadding="0" cellspacing="0" style="margin:0 0 14px;font-size:15px">{rows}</table>'
)
LINE = (
    '<tr><td class="ink line" style="padding:7px 16px 7px 0;border-bottom:1px solid #d5d8d2;color:#14171a;'
    'font-weight:{weight};overflow-wrap:anywhere">{what}</td>'
    '<td class="ink line" align="right" style="padding:7px 0;border-bottom:1px solid #d5d8d2;color:#14171a;'
    'font-weight:{weight};white-space:nowrap;vertical-align:top">{price}</td></tr>'
)
LINES = (
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 18px;font-size:15px">'
    "{rows}</table>"
)


@dataclass(frozen=True, slots=True)
class Framed:
    """What the frame goes around, as plain text."""

    locale: str
    brand: str
    subject: str
    hello: str
    sentences: Sequence[str]
    facts: Sequence[tuple[str, str]]
    lines: Sequence[tuple[str, str]]  # what was bought, and for how much; the last is the total
    button: str
    link: str
    lasts: str
    by_hand: str
    not_you: str
    foot: str
    ways: Sequence[tuple[str, str]]  # links in the foot: text, address


def framed(letter: Framed) -> str:
    safe = html.escape
    body = [PARAGRAPH.format(text=safe(each)) for each in (letter.hello, *letter.sentences)]
    if letter.facts:
        rows = "".join(FACT.format(label=safe(label), value=safe(value)) for label, value in letter.facts)
        body.append(FACTS.format(rows=rows))
    if letter.lines:
        last = len(letter.lines) - 1
        rows = "".join(
            LINE.format(what=safe(what), price=safe(price), weight=700 if nth == last else 400)
            for nth, (what, price) in enumerate(letter.lines)
        )
        body.append(LINES.format(rows=rows))
    if letter.link:
        link = safe(letter.link)
        body.append(BUTTON.format(link=link, button=safe(letter.button)))
        by_hand = f'{safe(letter.by_hand)} <a href="{link}" style="color:#484e54">{link}</a>'
        body.append(SMALL.format(text=f"{safe(letter.lasts)} {by_hand}".strip()))
    if letter.not_you:
        body.append(NOT_YOU.format(text=safe(letter.not_you)))
    return PAGE.format(
        locale=letter.locale,
        subject=safe(letter.subject),
        brand=safe(letter.brand),
        foot=safe(letter.foot),
        ways="".join(WAY.format(text=safe(text), link=safe(link)) for text, link in letter.ways),
        dark=DARK,
        face=FACE,
        body="\n".join(body),
    )
