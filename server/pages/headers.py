"""The rules a browser is given with every page: what it may load, and who may frame it.

Pure. Nothing from elsewhere, nothing inline; the only connections are to the host that served the page. The one
exception is a checkout that is paid at a provider whose own program collects the card: to that provider alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

STRIPE = "js.stripe.com"
# What Stripe says that its program needs (docs.stripe.com/security/guide#content-security-policy).
STRIPE_SOURCES = {
    "script-src": "https://js.stripe.com https://*.js.stripe.com",
    "frame-src": "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com",
    "connect-src": "https://api.stripe.com",
}
HOST = re.compile(r"[a-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9a-f:.]{2,45}\](:[0-9]{1,5})?", re.IGNORECASE)


def page_headers(host: str, https: bool, *, frames: bool = False, opened_for: str = "") -> dict[str, str]:
    """Headers for an HTML document served to `host`; `frames`: it shows others of its host in frames; `opened_for`:
    the address of the provider's program that it may load.
    """
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
    for name, more in sources_of(opened_for).items():
        policy[name] = f"{policy[name]} {more}" if name in policy else more
    payment = f"payment=({wallets_of(opened_for)})"
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": f"geolocation=(self), camera=(self), microphone=(), {payment}, usb=()",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def wallets_of(script: str) -> str:
    """Who may open the wallet of the browser: the provider, in its frames, on a page of ours."""
    if not script:
        return ""
    there = urlsplit(script)
    if there.hostname == STRIPE:
        return " ".join(("self", *(f'"{source}"' for source in STRIPE_SOURCES["script-src"].split())))
    return f'self "{there.scheme}://{there.netloc}"' if HOST.fullmatch(there.netloc) else ""


def sources_of(script: str) -> Mapping[str, str]:
    """What a provider's program needs, by its address."""
    if not script:
        return {}
    there = urlsplit(script)
    if there.hostname == STRIPE:
        return STRIPE_SOURCES
    origin = f"{there.scheme}://{there.netloc}"  # a stand-in's: of tests
    return dict.fromkeys(("script-src", "frame-src", "connect-src"), origin)
