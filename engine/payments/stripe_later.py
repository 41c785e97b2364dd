"""What Stripe says of money that comes later: Pix, boleto and SEPA debits, in our words.

Pure. Guarantees: a step carries what the page shows and nothing else; addresses that are no https are left out.
Fails with KeyError where an answer isn't of the documented shape, which is a fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.payments.later import DAY, LATER
from engine.payments.port import BOLETO, PIX, SEPA_DEBIT, Awaited, Charge

# Methods that an account may offer beside cards, as its configuration names them.
OFFERS = (PIX, BOLETO, SEPA_DEBIT)
MANDATE = "mandate_data[customer_acceptance]"


def terms_of(charge: Charge, until: datetime, now: datetime) -> dict[str, str]:
    """What confirming says of a method whose money comes later."""
    if charge.means.method == PIX:
        return {
            "payment_method_data[type]": PIX,
            "payment_method_options[pix][expires_at]": str(int(until.timestamp())),
        }
    if charge.means.method == SEPA_DEBIT:
        accepted = charge.means.accepted
        if accepted is None:
            raise ValueError("nobody is debited who did not agree to it")
        return {
            "payment_method": charge.means.token,
            f"{MANDATE}[type]": "online",
            f"{MANDATE}[online][ip_address]": accepted.address,
            f"{MANDATE}[online][user_agent]": accepted.agent,
        }
    days = max(1, (until - now) // DAY - 1)  # it expires at the end of the last, as Brazil's clocks say
    return {
        "payment_method": charge.means.token,
        "payment_method_options[boleto][expires_after_days]": str(days),
    }


def awaited_of(action: Mapping[str, Any]) -> Awaited | None:
    """Until when which step is to be taken; None where it is something else that a buyer has to do."""
    match action.get("type"):
        case "pix_display_qr_code":
            said = action["pix_display_qr_code"]
            step = {
                "kind": PIX,
                "code": str(said["data"]),
                "page": said.get("hosted_instructions_url"),
            }
        case "boleto_display_details":
            said = action["boleto_display_details"]
            step = {"kind": BOLETO, "code": str(said["number"]), "page": said.get("hosted_voucher_url")}
        case _:
            return None
    by = datetime.fromtimestamp(said["expires_at"], UTC)
    settles: timedelta = LATER[step["kind"]].settles
    if settles:
        step["by_ms"] = str(int(by.timestamp() * 1000))
    return Awaited(by + settles, {name: each for name, each in step.items() if _is_said(name, each)})


def is_debit(body: Mapping[str, Any]) -> bool:
    """Whether a payment is a SEPA debit and nothing else."""
    return body.get("payment_method_types") == [SEPA_DEBIT]


def debited_of(body: Mapping[str, Any]) -> Awaited:
    """Until when the buyer's bank is waited for, of a debit that is under way. The buyer has nothing to do."""
    begun = datetime.fromtimestamp(body["created"], UTC)
    return Awaited(begun + LATER[SEPA_DEBIT].most, {"kind": SEPA_DEBIT})


def offers_of(configurations: Mapping[str, Any]) -> tuple[str, ...]:
    """Which of these methods an account offers, by the configuration that counts where none is named."""
    found = configurations.get("data") or ()
    counts: Mapping[str, Any] = next((each for each in found if each.get("is_default") and each.get("active")), {})
    return tuple(name for name in OFFERS if (counts.get(name) or {}).get("available") is True)


def _is_said(name: str, said: Any) -> bool:
    return bool(said) and (name != "page" or str(said).startswith("https://"))
