"""Known browsers: those that somebody has logged in from, by what a cookie of theirs says.

Guarantees: a cookie that was not signed here, or is older than KNOWN_BROWSER_DAYS, names no account. It logs nobody
in: it only keeps the wrong passwords of strangers from making its owner wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from engine.access import Tokens
from engine.ids import is_made_id
from engine.keyring import BROWSERS, Keyring
from engine.limits import KNOWN_ACCOUNTS_PER_BROWSER_MAX, KNOWN_BROWSER_DAYS, TOKEN_CHARS_MAX

BETWEEN = "~"


class KnownBrowsers:
    def __init__(self, keyring: Keyring, clock: Callable[[], float] = time.time) -> None:
        self._tokens = Tokens(keyring, BROWSERS)
        self._clock = clock

    def accounts(self, cookie: str) -> dict[str, str]:
        """The accounts that a browser is known to, the newest first, with what says so."""
        found = {}
        for token in cookie.split(BETWEEN)[:KNOWN_ACCOUNTS_PER_BROWSER_MAX]:
            account, *rest = token.split(".")
            holds = len(token) <= TOKEN_CHARS_MAX and token.isascii() and is_made_id(account)
            if holds and self._tokens.holds(rest, said(account), self._clock()):
                found[account] = token
        return found

    def cookie(self, before: str, account: str) -> str:
        """What a browser is to carry that is now known to one more."""
        new = self._tokens.issue(account, said(account), self._clock(), days=KNOWN_BROWSER_DAYS)
        others = [token for each, token in self.accounts(before).items() if each != account]
        return BETWEEN.join([new, *others][:KNOWN_ACCOUNTS_PER_BROWSER_MAX])


def said(account: str) -> str:
    return f"known browser|{account}"
