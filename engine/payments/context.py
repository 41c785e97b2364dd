"""How payments describe themselves."""

from __future__ import annotations

from engine.context import Context, Floor

CONTEXT = Context(
    name="payments",
    floor=Floor.SELL,
    owns="payment providers, and what the sandbox knows of its charges",
    source="the provider",
    tables=("sandbox_charge", "sandbox_refund"),
)
