"""What of a buyer's change of a cart can't be stored. Pure: whether what it names is sold is for pricing to say."""

from __future__ import annotations

from engine.limits import (
    AMOUNT_MAX,
    COUPON_CHARS_MAX,
    EMAIL_CHARS_MAX,
    ITEMS_PER_CHANGE_MAX,
    NAME_CHARS_MAX,
    ORDER_KEY_CHARS_MAX,
    ORDER_KEY_CHARS_MIN,
    PHONE_CHARS_MAX,
    TICKET_TYPE_CHARS_MAX,
    UNITS_PER_HOLD_MAX,
)
from engine.orders.making import TypeChoice
from engine.orders.model import CartChange

CONTACT_CHARS_MAX = {"name": NAME_CHARS_MAX, "email": EMAIL_CHARS_MAX, "phone": PHONE_CHARS_MAX}
NUL = "\0"  # Postgres keeps none in JSON


def mistakes(change: CartChange) -> list[dict[str, str]]:
    """What of a change can't be stored, as path and message."""
    wrong = []
    if change.contact is not None:
        for name, chars_max in CONTACT_CHARS_MAX.items():
            text = getattr(change.contact, name)
            if len(text) > chars_max:
                wrong.append((f"contact.{name}", f"At most {chars_max} characters."))
            if NUL in text:
                wrong.append((f"contact.{name}", "A character that nobody writes."))
    if change.coupon is not None and len(change.coupon) > COUPON_CHARS_MAX:
        wrong.append(("coupon", f"At most {COUPON_CHARS_MAX} characters."))
    if change.coupon is not None and NUL in change.coupon:
        wrong.append(("coupon", "A character that nobody writes."))
    if change.key is not None and not ORDER_KEY_CHARS_MIN <= len(change.key) <= ORDER_KEY_CHARS_MAX:
        wrong.append(("key", f"{ORDER_KEY_CHARS_MIN} to {ORDER_KEY_CHARS_MAX} characters."))
    wrong += [
        (f"amounts.{item}", f"0 to {AMOUNT_MAX:,}, in the smallest unit of the currency.")
        for item, amount in (change.amounts or {}).items()
        if not 0 <= amount <= AMOUNT_MAX
    ]
    types = change.types or {}
    if len(types) > ITEMS_PER_CHANGE_MAX:
        wrong.append(("types", f"At most {ITEMS_PER_CHANGE_MAX} items."))
    wrong += [(f"types.{item}", "A type, or units by type.") for item, choice in types.items() if not sound(choice)]
    return [{"path": path, "message": message} for path, message in wrong]


def sound(choice: TypeChoice) -> bool:
    """Whether a choice has the shape and size of one; whether such types are sold is for pricing to say."""
    if isinstance(choice, str):
        return len(choice) <= TICKET_TYPE_CHARS_MAX and NUL not in choice
    return len(choice) <= ITEMS_PER_CHANGE_MAX and all(
        len(kind) <= TICKET_TYPE_CHARS_MAX and NUL not in kind and 0 <= units <= UNITS_PER_HOLD_MAX
        for kind, units in choice.items()
    )
