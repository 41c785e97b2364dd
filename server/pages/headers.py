"""The rules a browser is given with every page: what it may load, and who may frame it.

Pure. Nothing from elsewhere, nothing inline; the only connections are to the host that served the page.
"""

from __future__ import annotations

import re

HOST = re.compile(r"[a-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9a-f:.]{2,45}\](:[0-9]{1,5})?", re.IGNORECASE)


def page_headers(host: str, https: bool, *, frames: bool = False) -> dict[str, str]:
    """Headers for an HTML document served to `host`; `frames`: it shows others of its host in frames."""
    socket = f" {'wss' if https else 'ws'}://{host}" if HOST.fullmatch(host) else ""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data: blob:",
        "font-src": "'self'",
        "media-src": "'self'",
        "manifest-src": "'self'",
        "worker-src": "'self'",
        # Older Safari does not count its own host's sockets as 'self'.
        "connect-src": f"'self'{socket}",
        **({"frame-src": "'self'"} if frames else {}),
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers
