"""QR codes of tickets: dark modules on white, with the quiet zone scanners need.

Pure. The text is a signed ticket, so the code itself is the secret: nothing here keeps or logs it.
"""

from __future__ import annotations

import io

import segno

QUIET_MODULES = 4
PIXELS_PER_MODULE = 8


def qr_svg(text: str) -> bytes:
    """A drawing that scales; it names no size, so that a page can."""
    made = io.BytesIO()
    _code(text).save(made, kind="svg", border=QUIET_MODULES, light="#fff", xmldecl=False, omitsize=True)
    return made.getvalue()


def qr_png(text: str) -> bytes:
    made = io.BytesIO()
    _code(text).save(made, kind="png", border=QUIET_MODULES, scale=PIXELS_PER_MODULE)
    return made.getvalue()


def _code(text: str) -> segno.QRCode:
    """Correction M: a worn printout still opens the gate."""
    return segno.make_qr(text, error="m", boost_error=False)
