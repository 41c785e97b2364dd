"""What keys are for: every purpose, whether it rotates, and how long what its keys made may be shown.

Pure. Guarantees: the parts of a first key are what the installation secret gave before there was a keyring, so that
nothing issued until then is void. A purpose that comes later gets its first key at the first start of its release.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.limits import (
    ACCESS_TOKEN_S_MAX,
    BUYER_TOKEN_DAYS,
    CEREMONY_S,
    CHALLENGE_S,
    HTTP_ANSWER_KEPT_S,
    KNOWN_BROWSER_DAYS,
    LETTER_SEALED_KEPT_DAYS,
    NOTICE_LINK_DAYS,
    ORDER_PASS_S,
    PLACE_TOKEN_DAYS,
    SEALED_KEY_KEPT_DAYS,
)

DAY_S = 24 * 3_600


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose. `fixed` says why it never rotates; `life_s` is None where nothing says when its work is over."""

    name: str
    parts: tuple[bytes, ...]  # what the installation secret derives for each part of the first key
    what: str
    voids: str = ""  # what becomes invalid when a key is retired too early
    life_s: int | None = None
    fixed: str = ""
    shows_public_key: bool = False  # Ed25519: the key is a seed

    def index(self, part: bytes) -> int:
        return self.parts.index(part)


BUYERS = Purpose(
    "buyers",
    (b"buyer",),
    "signs buyer tokens",
    "buyers who carry a token of it become strangers, to their carts and orders too",
    BUYER_TOKEN_DAYS * DAY_S,
)
PLACES = Purpose(
    "places",
    (b"place",),
    "signs places in rooms",
    "places that buyers carry count no longer where Redis has lost them",
    PLACE_TOKEN_DAYS * DAY_S,
)
TICKETS = Purpose(
    "tickets",
    (b"ticket",),
    "signs tickets (Ed25519)",
    "tickets printed or saved with it do not open a gate",
    shows_public_key=True,
)
LINKS = Purpose(
    "links",
    (b"notice", b"contact link", b"contact code"),
    "signs the links of notices, and the links and codes of letters",
    "links in notices and letters sent with it lead nowhere, those that end offers too",
    NOTICE_LINK_DAYS * DAY_S,
)
PASSES = Purpose(
    "passes",
    (b"pass",),
    "signs the passes of browsers that opened an order by its key, and links to choose another key",
    "whoever opened an order by its key gives the key again, and links to choose another lead nowhere",
    ORDER_PASS_S,
)
SEALS = Purpose(
    "seals",
    (b"order key", b"webhook"),
    "seals the keys of orders until they are hashed, and the secrets of webhooks",
    "orders whose key is still sealed with it can't be opened by their key, and webhooks not yet sealed anew pause",
    SEALED_KEY_KEPT_DAYS * DAY_S,
)
LETTERS = Purpose(
    "letters",
    (b"letter",),
    "seals letters: whom they go to, and what they say",
    "letters that wait to be sent are refused, and those that were sent can't be shown again",
    LETTER_SEALED_KEPT_DAYS * DAY_S,
)
FACTORS = Purpose(
    "factors",
    (b"authenticator app",),
    "seals the secrets of authenticator apps",
    "authenticator apps not used since it was rotated give codes that no longer count; passkeys and recovery codes do",
)
CEREMONIES = Purpose(
    "ceremonies",
    (b"passkey challenge", b"outside login"),
    "signs the challenges of passkeys, and seals what a browser carries to an outside provider and back",
    "who is logging in begins again",
    CEREMONY_S,
)
PASSWORDS = Purpose(
    "passwords",
    (b"password",),
    "peppers passwords before they are hashed",
    "who has not logged in since it was rotated has to choose a new password",
)
BROWSERS = Purpose(
    "browsers",
    (b"known browser",),
    "signs cookies of browsers that somebody has logged in from",
    "wrong passwords of strangers make people wait there too, until they have logged in again",
    KNOWN_BROWSER_DAYS * DAY_S,
)
ANSWERS = Purpose(
    "answers",
    (b"answer",),
    "marks the requests whose answers are kept for repeats",
    "repeats of requests from before are answered `conflict`",
    HTTP_ANSWER_KEPT_S,
)
CHALLENGES = Purpose(
    "challenges",
    (b"challenge", b"challenge solution"),
    "signs proofs of work",
    "devices that are solving a challenge solve another one",
    CHALLENGE_S,
)
HEADS = Purpose(
    "heads",
    (b"audit head",),
    "signs the heads of the audit trail (Ed25519)",
    "heads signed by it count no longer, unless AFORO_AUDIT_KEYS names its public key",
    shows_public_key=True,
)
VAULT = Purpose(
    "vault",
    (b"data key of a person",),
    "wraps the data keys of people",
    "whoever's data key is still wrapped by it can't be read again, by anybody: `aforo people status` counts them",
)
MARKS = Purpose(
    "marks",
    (b"inbox", b"contact network", b"entry code"),
    "hides addresses, names, networks and entry codes behind marks",
    fixed="rows are found by the marks it made, and another key would find none of them",
)
ORDERS = Purpose(
    "orders",
    (b"order",),
    "derives the ids of orders",
    fixed="with another key a purchase that is repeated would be another purchase",
)
PUSH = Purpose(
    "push",
    (b"vapid",),
    "signs to push services (VAPID)",
    fixed="each subscription of a browser is bound to its public key",
)

TOKENS = Purpose(
    "tokens",
    (b"access token",),
    "signs tokens made from API keys (Ed25519)",
    "tokens made with it count no longer; programs make new ones",
    ACCESS_TOKEN_S_MAX,
    shows_public_key=True,
)

PAYMENTS = Purpose(
    "payments",
    (b"payment account",),
    "seals the keys of organizers' accounts at payment providers",
    "accounts not given their keys anew since it was rotated take no payments, and give nothing back",
)

PURPOSES: Sequence[Purpose] = (
    BUYERS,
    PLACES,
    TICKETS,
    LINKS,
    PASSES,
    SEALS,
    LETTERS,
    FACTORS,
    CEREMONIES,
    PASSWORDS,
    TOKENS,
    BROWSERS,
    ANSWERS,
    CHALLENGES,
    HEADS,
    VAULT,
    MARKS,
    ORDERS,
    PUSH,
    PAYMENTS,
)
BY_NAME = {purpose.name: purpose for purpose in PURPOSES}
