"""Every context of the engine, lowest floor first: what jobs, retention, `aforo verify` and `make check` go through.

A new one is a package and a line here; CONTRIBUTING.md has the steps.
"""

from __future__ import annotations

from engine import (
    access,
    accounts,
    audit,
    catalog,
    contacts,
    coupons,
    credit,
    keyring,
    links,
    messages,
    onsale,
    orders,
    outbox,
    payments,
    people,
    pictures,
    pricing,
    promos,
    receipts,
    reconciliation,
    rehearsals,
    rights,
    segments,
    vault,
    verify,
    webhooks,
)
from engine.context import Context, Floor

# The stores know no context, so they are described here.
STORES = Context(
    name="stores",
    floor=Floor.GROUND,
    owns="connections, embedded servers, scripts, batching, leases; steps of the schema; shared settings",
    source="-",
    tables=("schema_version", "schema_step", "installation"),
)

CONTEXTS: tuple[Context, ...] = (
    STORES,
    outbox.CONTEXT,
    audit.CONTEXT,
    keyring.CONTEXT,
    access.CONTEXT,
    messages.CONTEXT,
    vault.CONTEXT,
    accounts.CONTEXT,
    people.CONTEXT,
    contacts.CONTEXT,
    segments.CONTEXT,
    pictures.CONTEXT,
    catalog.CONTEXT,
    links.CONTEXT,
    onsale.CONTEXT,
    pricing.CONTEXT,
    coupons.CONTEXT,
    credit.CONTEXT,
    payments.CONTEXT,
    orders.CONTEXT,
    receipts.CONTEXT,
    reconciliation.CONTEXT,
    promos.CONTEXT,
    webhooks.CONTEXT,
    rights.CONTEXT,
    rehearsals.CONTEXT,
    verify.CONTEXT,
)
