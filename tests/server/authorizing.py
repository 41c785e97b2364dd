"""What test_authorization sends: bodies that are right, fields of commands, and something for each part of a path."""

from __future__ import annotations

from typing import Any

from tests.server.test_receipts import IDENTITY

# Bodies that are right, for routes that look at theirs before they look whose it is that the path names.
AN_ALLOCATIONS = "/api/sales/{sale}/allocations/{allocation}"
PAYMENT_ACCOUNT = {"name": "Ours", "publishable_key": "pk_test_a", "secret_key": "sk_test_a"}
BODIES: dict[str, Any] = {
    "POST /api/venues/{venue}/layouts": {"sections": {"stalls": {"rows": 1, "seats": 2}}},
    "PATCH /api/sales/{sale}": {"person_max": 3},
    "POST /api/sales/{sale}/allocations": {"name": "Press", "seats": {"none": "A"}},
    **{f"POST {AN_ALLOCATIONS}/{does}": {"units": {"none": 1}} for does in ("release-part", "withhold")},
    "POST /api/sales/{sale}/orders": {"order": "o-9", "tender": "cash"},
    "PUT /api/sales/{sale}/pools/{pool}": {"capacity": 5},
    "PATCH /api/events/{event}": {"event": "Talk"},
    **{f"POST /api/events/{{event}}/{does}": {"starts": "in 70 days"} for does in ("move", "schedule")},
    "POST /api/events/{event}/dates": {"dates": ["in 90 days"]},
    "POST /api/organizer/events/{event}/refunds": {"cancellation": "one"},
    "POST /api/sales/{sale}/clone": {"starts": "in 90 days", "preview": True},
    "PUT /api/sales/{sale}/prices": {"prices": {"stalls": 3}},
    "POST /api/organizer/pictures/fetch": {"url": "https://example.org/boleros.jpg"},
    "POST /api/webhooks/{webhook}/replay": {"from_sequence": 1},
    "PUT /api/security/me/passkeys/{passkey}": {"label": "phone"},
    "PUT /api/security/me/known/{person}": {"name": "Ana"},
    "POST /api/security/keys": {"label": "box office", "scopes": ["event:read"]},
    "PUT /api/security/members/{account}/grants": {"grants": [{"role": "gate"}]},
    "POST /api/security/invitations": {"email": "eva@example.org", "grants": [{"role": "gate"}]},
    **{f"POST /api/security/invitations/{does}": {"token": ""} for does in ("look", "accept")},
    "POST /api/security/authorize": {"subject": {"account": "acc_x"}, "permission": "order:read"},
    "POST /api/security/guest-links": {"label": "x", "permission": "sale:read", "about": {}, "until_at_ms": 0},
    "PUT /api/security/policies": {"second_factor": False, "two_persons": {"acts": []}},
    "POST /api/security/ownership": {"account": "acc_x"},
    "POST /api/payment-accounts": PAYMENT_ACCOUNT,
    "PUT /api/payment-accounts/{account}": {"name": "Ours"},
    "PUT /api/organizer": {"name": "Sala Norte"},
    "POST /api/people/find": {"name": "ana"},
    "POST /api/organizer/orders/find": {"words": "ana"},
    "POST /api/organizer/sales/{sale}/orders/{order}/refunds": {"refund": "one", "amount": 1},
    "POST /api/organizer/sales/{sale}/orders/{order}/money": {"amount": 1},
    "POST /api/organizer/disagreements/{disagreement}/resolve": {"reason": "seen to"},
    "PUT /api/organizer/dispute-policy": {"blocks": True},
    **{
        f"POST /api/organizer/sales/{{sale}}/orders/{{order}}/moves{does}": body
        | {"to": {"sale": "none", "seats": [1]}}
        for does, body in (("", {"move": "one"}), ("/preview", {}))
    },
    "POST /api/coupons/{coupon}/codes": {"number": 1, "partner": "Radio"},
    "POST /api/coupons/{coupon}/revoke": {"code": "TEN"},
    "POST /api/credit/find": {"code": "TDRP"},
    "POST /api/credit": {"issue": "i", "amount": 500, "currency": "EUR", "why": "Rain"},
    "POST /api/people/{person}/notes": {"text": "Press"},
    "PUT /api/orders/{code}/tax-identity": {"tax_identity": {}},
    "PUT /api/orders/{code}/choice": {"choice": "keep"},
    "POST /api/orders/{code}/refunds": {"lines": [0], "refund": "one"},
    "POST /api/orders/{code}/refunds/preview": {"lines": [0]},
    "PUT /api/organizer/own-refunds": {"hours": None},
    "PUT /api/orders/{code}/key": {"key": "tres tristes tigres"},
    "POST /api/orders/forgotten-key": {"code": "K7QF-2M9X-TDRP"},
    "PUT /api/orders/forgotten-key": {"code": "K7QF-2M9X-TDRP", "token": "none", "key": "tres tristes tigres"},
} | {"PUT /api/organizer/identity": IDENTITY}
# Fields of commands that need any beside the sale.
FIELDS: dict[str, dict[str, Any]] = {
    **{name: {} for name in ("hello", "ping")},
    "watch": {"topics": ["room"]},
    "hold": {"hold": "h", "seats": [1]},
    "release": {"release": "r"},
    "checkout": {"order": "o-2"},
    "order": {"code": "none", "key": "none"},
    "promos": {"latitude": 0.0, "longitude": 0.0},
}
WITHOUT_SALE = ("hello", "ping", "order", "promos")
PARTS = {
    "place": "verify",
    "tab": "team",
    "page": "sign-in",
    "view": "room",
    "size": "180",
    "form": "svg",
    "name": "assets/none.js",
    "picture": f"{'0' * 32}-480.webp",
    "series": "ser_none",
    "payment_account": "pac_none",
    "rest": "nothing/here",
    "file": "none.pdf",
    **dict.fromkeys(("allocation", "pool"), "none"),
}
LINKS = {
    "/n/": "1.2026-01-01.AAAAAAAAAAAAAAAA",
    "/u/": "1.2026-01-01.AAAAAAAAAAAAAAAA",
    "/preferences/": "1.org_a.AAAAAAAAAAAAAAAA",
}
