"""Letters: what one is, and which templates there are with the fields they show. Pure.

Guarantees: a letter that can't be written is refused when it is made, with ValueError, and never when it is sent. What
strangers call themselves is shown as plain words: no line breaks, nothing a mail program would make a link of.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from engine.limits import LETTER_KEY_CHARS_MAX, LETTER_LINK_CHARS_MAX, LETTER_NAME_CHARS_MAX, LETTER_WORDS_CHARS_MAX
from engine.messages.addresses import email_address, phone_number


class Template(StrEnum):
    VERIFY = "verify"
    REGISTERED_ALREADY = "registered_already"
    RESET = "reset"
    PASSWORD_CHANGED = "password_changed"
    EMAIL_CHANGE = "email_change"
    EMAIL_CHANGED = "email_changed"
    NEW_LOGIN = "new_login"
    INVITATION = "invitation"
    SECOND_FACTOR_CHANGED = "second_factor_changed"
    ACCOUNT_CLOSED = "account_closed"
    KEY_EXPIRES = "key_expires"
    APPROVAL_WANTED = "approval_wanted"
    ORDER_CONFIRMED = "order_confirmed"
    ORDER_KEY_RESET = "order_key_reset"
    ORDER_KEY_CHANGED = "order_key_changed"
    OFFER = "offer"
    PROOF_OFFERS = "proof_offers"
    PROOF_ENTRY = "proof_entry"


NEEDED: Mapping[Template, frozenset[str]] = {
    Template.VERIFY: frozenset({"link"}),
    Template.RESET: frozenset({"link"}),
    Template.EMAIL_CHANGE: frozenset({"link"}),
    Template.INVITATION: frozenset({"link", "organizer"}),
    Template.ORDER_CONFIRMED: frozenset({"link", "code", "sale", "order"}),
    Template.ORDER_KEY_RESET: frozenset({"link", "code"}),
    Template.ORDER_KEY_CHANGED: frozenset({"link", "code"}),
    Template.OFFER: frozenset({"link", "stop", "product", "store", "price", "ends", "day", "number"}),
    Template.PROOF_OFFERS: frozenset({"proof"}),
    Template.PROOF_ENTRY: frozenset({"proof"}),
}
# Any letter may have these; a sentence or a line whose field is missing is left out.
FIELDS = frozenset(
    {
        "link",  # ready to be opened
        "name",  # of whom it is written to; not where the address is not known to be theirs
        "organizer",  # its name
        "at",  # an instant, ISO 8601
        "device",
        "place",
        "network",
        "email",  # another address, as much of it as may be shown
        "what",  # of a second factor: a word of `changes` in the languages
        "inviter",
        "roles",  # words of roles, separated by commas
        "label",  # of an API key
        "act",
        "subject",
        "asked_by",
        "code",  # of an order
        "event",  # what it is for, and where and when; or, of a promo, …
        "starts",
        "venue",
        "product",  # … what was bought, and where to collect it
        "store",
        "offered_until",
        "refund_rule",
        "price",  # of an offer, in the reader's language, as the next ones
        "regular",
        "ends",
        "distance",
        "stock",
        "stop",  # address where it is stopped by one click, RFC 8058
        "choose",  # address of the page where its reader says what they want to get
        "day",  # of a notice, not shown
        "number",  # of its profile, not shown
        "sale",  # id, not shown
        "order",  # id, not shown
        "proof",  # id, not shown: of it follow its link and …
        "proof_code",
        "code_minutes",  # how long that counts
    }
)
# Those that show more than their own fields, drawn as they are sent.
DRAWN = frozenset({Template.ORDER_CONFIRMED, Template.PROOF_OFFERS, Template.PROOF_ENTRY})
STRANGERS_WORDS = frozenset({"name", "organizer", "inviter", "label", "subject", "asked_by"})
# Whoever asked for these may be anybody, so nothing of what they call themselves goes to an address that is not theirs.
UNASKED: Mapping[Template, frozenset[str]] = {
    Template.VERIFY: STRANGERS_WORDS,
    Template.REGISTERED_ALREADY: STRANGERS_WORDS,
    Template.EMAIL_CHANGE: STRANGERS_WORDS,
    Template.INVITATION: frozenset({"name"}),
}
# Nor does anybody's name go to an address that was only typed with an order, or is yet to be proven.
UNPROVEN = frozenset(
    {
        Template.ORDER_CONFIRMED,
        Template.ORDER_KEY_RESET,
        Template.ORDER_KEY_CHANGED,
        Template.PROOF_OFFERS,
        Template.PROOF_ENTRY,
    }
)
# Whoever knows an address can have these sent to it, so each inbox gets a few a day. Proofs are counted by contacts.
ANYBODY_ASKS = frozenset({*UNASKED, Template.RESET, Template.ORDER_KEY_RESET})
# Whoever asked for these waits with an open page, so they go ahead of the thousands of an on-sale.
AWAITED = frozenset({Template.PROOF_OFFERS, Template.PROOF_ENTRY})
# Those that sell: others go first, what nobody knows whether it went out is not sent again, and readers can say no.
SELL: frozenset[Template] = frozenset({Template.OFFER})
ADDRESSES = ("link", "stop", "choose")


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter. `key` makes it unique: what it is about, without any address (`reset:acc_…:prf_…`)."""

    key: str
    template: str
    to: str
    locale: str
    data: Mapping[str, str] = field(default_factory=dict)
    organizer: str | None = None  # id
    until: datetime | None = None  # when its link ends: not sent after that, and the letter says so
    channel: str = "email"
    not_before: datetime | None = None
    inbox: str = ""  # whose reader it is for, where that is not told by `to`: of a push subscription

    def __post_init__(self) -> None:
        template = Template(self.template)
        object.__setattr__(self, "to", address_on(self.channel, self.to))
        object.__setattr__(self, "inbox", self.inbox or self.to)
        if not 0 < len(self.key) <= LETTER_KEY_CHARS_MAX or "@" in self.key:
            raise ValueError("the key of a letter is a short text without an address")
        missing = NEEDED.get(template, frozenset()) - {name for name, value in self.data.items() if value}
        if missing:
            raise ValueError(f"a letter {template} needs {', '.join(sorted(missing))}")
        if any(each is not None and each.tzinfo is None for each in (self.until, self.not_before)):
            raise ValueError("an instant has a zone")
        shown = FIELDS - (UNASKED.get(template, frozenset()) | ({"name"} if template in UNPROVEN else set()))
        fields = {name: tidied(name, value) for name, value in self.data.items() if name in shown and value}
        for link in (fields[name] for name in ADDRESSES if name in fields):
            if not link.startswith(("https://", "http://")):
                raise ValueError("a link leads to a page")
            if len(link) > LETTER_LINK_CHARS_MAX:
                raise ValueError("a link is too long for a letter")
        object.__setattr__(self, "data", fields)


def address_on(channel: str, to: str) -> str:
    """Where a letter goes, as it is kept."""
    match channel:
        case "email":
            return email_address(to)
        case "sms":
            return phone_number(to)
        case "push":
            return to  # a subscription, which was checked when it was taken in
    raise ValueError(f"{channel} is no channel of letters")


def tidied(name: str, value: str) -> str:
    """A field on one line; of strangers' own words what any mail program shows as words."""
    shown = on_one_line(value)
    if name in ADDRESSES:
        return shown
    return (
        cut(plain_words(shown), LETTER_NAME_CHARS_MAX)
        if name in STRANGERS_WORDS
        else cut(shown, LETTER_WORDS_CHARS_MAX)
    )


def on_one_line(value: str) -> str:
    shown = value if value.isprintable() else "".join(each if is_shown(each) else " " for each in value)
    return " ".join(shown.split())


def is_shown(char: str) -> bool:
    """No control characters, and none that turns the direction of what follows."""
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def plain_words(text: str) -> str:
    """Without addresses: "Win at evil.example/x" would be a link to a stranger, sent by us."""
    bare = re.sub(r"[/\\@:]+|(?<=\w)\.(?=\w)", " ", text)
    return " ".join(bare.split())


def cut(text: str, chars_max: int) -> str:
    return text if len(text) <= chars_max else f"{text[: chars_max - 1]}…"
