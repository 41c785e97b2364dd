"""The one vocabulary of refusals, used by WebSocket and HTTP alike.

Owns: every error code a client can meet, its HTTP status, whether asking again may help, and its plain sentence.
Guarantees: a code, once released, keeps its meaning.
A verdict that says no is a `Refused`; an edge raises it as a `RefusalError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

T = TypeVar("T")


class Code(Enum):
    """code = (word on the wire, HTTP status, retryable, sentence)."""

    # the ask itself
    BAD_MESSAGE = ("bad_message", 400, False, "The message could not be read.")
    INVALID = ("invalid", 422, False, "Some fields are missing or wrong.")
    UNKNOWN_COMMAND = ("unknown_command", 400, False, "There is no such command.")
    TOO_LARGE = ("too_large", 413, False, "The message is too large.")
    UNSUPPORTED_TYPE = ("unsupported_type", 415, False, "The body must be application/json.")
    TOO_MANY_ASKS = ("too_many_asks", 429, True, "Too many messages; slow down and try again.")
    TOO_MANY_WATCHES = ("too_many_watches", 429, False, "This socket watches too many topics.")
    TOO_MANY_SOCKETS = ("too_many_sockets", 429, True, "There are too many connections from this address.")
    NETWORK_BUSY = ("network_busy", 429, True, "Many people are coming from your network; try again in a moment.")
    TOO_MANY_TRIES = ("too_many_tries", 429, True, "Too many tries; wait before the next one.")
    METHOD_NOT_ALLOWED = ("method_not_allowed", 405, False, "This address does not answer that method.")
    CONFLICT = ("conflict", 409, False, "This id was already used for something else.")
    BUSY = ("busy", 503, True, "Very busy right now; try again in a moment.")
    UNAVAILABLE = ("unavailable", 503, True, "A part of the system is being restored; try again in a moment.")
    INTERNAL = ("internal", 500, True, "Something went wrong on our side; it was logged.")
    # who asks
    HELLO_FIRST = ("hello_first", 401, False, "Say hello first.")
    UNAUTHORIZED = ("unauthorized", 401, False, "A valid key or token is needed.")
    FORBIDDEN = ("forbidden", 403, False, "You don't have access to this.")
    STEP_UP_NEEDED = ("step_up_needed", 403, False, "Confirm first that it is you.")
    SECOND_FACTOR_NEEDED = (
        "second_factor_needed",
        403,
        False,
        "This organizer asks its members for a second factor; set one up, or log in with it.",
    )
    APPROVAL_NEEDED = ("approval_needed", 202, False, "A second person has to approve this; it is asked for.")
    BEYOND_YOU = ("beyond_you", 403, False, "You can't give or take what you may not do yourself.")
    LAST_OWNER = ("last_owner", 409, False, "An organizer keeps an owner; make somebody else the owner first.")
    CHANGED_MEANWHILE = ("changed_meanwhile", 412, False, "Somebody has changed this meanwhile; look at it again.")
    WRONG_LINK = ("wrong_link", 403, False, "This link is wrong, was used, or has expired; ask for a new one.")
    WRONG_CODE = ("wrong_code", 403, False, "This code is wrong or has expired; ask for a new one.")
    WRONG_FACTOR = ("wrong_factor", 403, False, "That did not work; try again, or confirm in another way.")
    WRONG_PASSWORD = ("wrong_password", 403, False, "That address and password don't match.")
    WEAK_PASSWORD = ("weak_password", 422, False, "This password is too easy to guess; choose another one.")
    PASSWORD_NEEDED = ("password_needed", 403, False, "Type the password that was chosen for this account.")
    ADDRESS_TAKEN = ("address_taken", 409, False, "This address has an account already; log in, or reset its password.")
    NOT_FOUND = ("not_found", 404, False, "There is nothing at this address.")
    # the sale and its room
    UNKNOWN_SALE = ("unknown_sale", 404, False, "There is no such sale.")
    SALE_NOT_OPEN = ("sale_not_open", 409, True, "The sale has not opened yet.")
    SALE_PAUSED = ("sale_paused", 409, True, "The sale is paused; your place and cart stay yours.")
    BETWEEN_PHASES = ("between_phases", 409, True, "Nothing is sold between two phases of this sale.")
    SALE_CLOSED = ("sale_closed", 410, False, "The sale has ended.")
    EVENT_CANCELLED = ("event_cancelled", 409, False, "The event was cancelled.")
    EVENT_POSTPONED = ("event_postponed", 409, False, "The event has no date at present; give it one first.")
    EVENT_DATED = ("event_dated", 409, False, "The event has a date; move it to another one.")
    EVENT_BEGUN = ("event_begun", 410, False, "The event has begun.")
    BAD_PLACE = ("bad_place", 403, False, "This place was not signed for you.")
    CHALLENGE_NEEDED = (
        "challenge_needed",
        403,
        False,
        "Solve a challenge first to enter this sale.",
    )
    CONTACT_NEEDED = (
        "contact_needed",
        403,
        False,
        "Confirm an e-mail address or phone number first to enter this sale.",
    )
    ACCOUNT_NEEDED = ("account_needed", 403, False, "Sign in first to enter this sale.")
    NOT_IN_SEGMENT = ("not_in_segment", 403, False, "Your account is not among those for whom this sale is at present.")
    ACCOUNT_USED = ("account_used", 409, False, "This account already has a place in this sale.")
    CONTACT_USED = ("contact_used", 409, False, "This address already has a place in this sale.")
    ENTRY_CODE_NEEDED = ("entry_code_needed", 403, False, "You need a code for this sale.")
    ENTRY_CODE_WRONG = ("entry_code_wrong", 403, False, "That code is not valid for this sale.")
    CODE_UNKNOWN = ("code_unknown", 403, False, "That code shows nothing in this sale.")
    NO_PLACE = ("no_place", 409, False, "Join the room first.")
    NOT_YOUR_TURN = ("not_your_turn", 409, True, "It is not your turn yet.")
    TURN_MISSED = ("turn_missed", 409, True, "Your turn passed; you get in as soon as somebody leaves.")
    # carts and holds
    NO_CART = ("no_cart", 409, False, "You have no cart in this sale.")
    CART_ENDED = ("cart_ended", 410, False, "Your cart has ended.")
    CART_LOCKED = ("cart_locked", 409, True, "A payment is under way; the cart can't change until it is done.")
    CART_INCOMPLETE = ("cart_incomplete", 422, False, "Something is still missing.")
    SEAT_TAKEN = ("seat_taken", 409, False, "Somebody else got there first.")
    COMPANION_ALONE = (
        "companion_alone",
        409,
        False,
        "A companion's seat is sold with the wheelchair space beside it; choose both.",
    )
    NOT_IN_PHASE = ("not_in_phase", 409, False, "This is not sold in the present phase of the sale.")
    UNKNOWN_SEAT = ("unknown_seat", 422, False, "There is no such seat in this sale.")
    UNKNOWN_POOL = ("unknown_pool", 422, False, "There is no such pool in this sale.")
    UNKNOWN_SECTION = ("unknown_section", 422, False, "There is no such section in this sale.")
    SHORT = ("short", 409, False, "There are not that many left.")
    TYPE_SHORT = ("type_short", 409, False, "There are not that many tickets of this type left.")
    TYPE_MAXIMUM = ("type_maximum", 409, False, "This is more of one ticket type than one person may buy.")
    NONE_TOGETHER = ("none_together", 409, False, "There are not that many free seats together.")
    NOT_ALLOCATED = ("not_allocated", 409, False, "The allocation doesn't have these any more.")
    OVER_QUOTA = ("over_quota", 409, False, "You may not give that many tickets away.")
    OVER_MAXIMUM = ("over_maximum", 409, False, "This is more than one person may buy.")
    NOT_HELD = ("not_held", 409, False, "This is not in your cart.")
    # promos
    NOT_ELIGIBLE = ("not_eligible", 403, False, "This promo is not for you this time.")
    TOO_FAR = ("too_far", 403, True, "You are too far from the store, or we don't know where you are.")
    WINDOW_OVER = ("window_over", 410, False, "This promo has ended.")
    # payment and orders
    PAYMENT_DECLINED = ("payment_declined", 402, False, "The card was declined.")
    PAYMENT_PENDING = (
        "payment_pending",
        202,
        True,
        "The payment is still being confirmed; don't pay again.",
    )
    PAYMENT_UNAVAILABLE = ("payment_unavailable", 503, True, "Payments are unavailable right now; your cart is kept.")
    PAYMENT_NOT_SET_UP = (
        "payment_not_set_up",
        503,
        False,
        "Payments are not set up here; only what is free can be bought.",
    )
    NOT_REFUNDABLE = ("not_refundable", 409, False, "Nothing was paid for this order, so nothing can be given back.")
    NOT_AWAITED = ("not_awaited", 409, False, "No money is waited for here.")
    CHOICE_CLOSED = ("choice_closed", 409, False, "There is nothing to choose here, or not any more.")
    GIVEN_BACK = ("given_back", 409, False, "This was given back already.")
    DISPUTED = (
        "disputed",
        409,
        False,
        "The buyer's bank disputes this payment: what it may take back is given to nobody besides.",
    )
    MOVING = (
        "moving",
        409,
        True,
        "Some of this order is being moved; wait until that is done, or undo it first.",
    )
    MORE_THAN_LEFT = ("more_than_left", 409, False, "That is more than what is left of what was paid.")
    TERMS_NEEDED = ("terms_needed", 422, False, "The organizer's terms have to be accepted first.")
    TERMS_CHANGED = (
        "terms_changed",
        409,
        False,
        "The organizer's terms have changed; nothing was charged. Read and accept them again.",
    )
    STOCK_TAKEN = ("stock_taken", 409, False, "Some of this is held or sold already; nothing was changed.")
    PRICE_CHANGED = (
        "price_changed",
        409,
        False,
        "The price isn't the one you saw; nothing was charged. Look at the new total.",
    )
    ALREADY_SOLD = ("already_sold", 409, False, "This was sold to somebody else; nothing was charged.")
    KEY_NEEDED = ("key_needed", 409, False, "Choose a key for this order before you download its tickets.")
    RECEIPT_IS_NUMBERED = (
        "receipt_is_numbered",
        409,
        False,
        "The receipt of this order has its number, and says what it said.",
    )
    KEY_IS_SET = ("key_is_set", 409, False, "This order has a key already.")
    NO_LETTER = ("no_letter", 409, False, "There is no letter to send: it isn't paid, or has no e-mail address.")
    TOO_MANY_LETTERS = ("too_many_letters", 429, False, "It was sent often enough today; look for it among spam, too.")
    BAD_ORDER_KEY = ("bad_order_key", 403, False, "That code and key don't match.")

    def __init__(self, word: str, status: int, retryable: bool, sentence: str) -> None:
        self.word = word
        self.status = status
        self.retryable = retryable
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Refused:
    """The verdict that says no: nothing was changed."""

    code: Code
    detail: Mapping[str, Any] = field(default_factory=dict)


class RefusalError(Exception):
    """A refusal on its way to the client; mapped to the wire in one place per edge."""

    def __init__(self, code: Code, message: str | None = None, **detail: Any) -> None:
        super().__init__(message or code.sentence)
        self.code = code
        self.message = message or code.sentence
        self.detail = detail


BY_WORD: Mapping[str, Code] = {code.word: code for code in Code}


def accept(verdict: T | Refused) -> T:
    """The verdict when it says yes; raises its refusal when it says no."""
    if isinstance(verdict, Refused):
        raise RefusalError(verdict.code, **verdict.detail)
    return verdict
