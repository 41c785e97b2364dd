"""A stand-in for Stripe's books, which localstripe does not keep: balance transactions and disputes of one account.

Each request is compared with what Stripe publishes of its parameters, and each answer with what it publishes of its
objects; of what stands in them, charges and refunds say only what is read of them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.providers.stripe_published import unlike
from tests.providers.stripe_requests import mistakes
from tests.providers.stripe_wire import SECRET

BEGAN = int(time.time()) - 3_600


class StripeLedger:
    """What is in the books, oldest first. `broken`: answers nothing but faults."""

    def __init__(self, per_page: int = 100) -> None:
        self.refused: list[str] = []
        self.broken = False
        self.per_page = per_page
        self.rows: list[dict[str, Any]] = []
        self.disputes: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        app = web.Application()
        app.router.add_get("/v1/balance_transactions", self._list)
        app.router.add_get("/v1/disputes/{dispute}", self._dispute)
        app.router.add_get("/v1/payment_intents/{intent}", self._intent)
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    # ── what happens there ──

    def moved(self, kind: str, category: str, amount: int, fee: int = 0, **more: Any) -> dict[str, Any]:
        nth = len(self.rows)
        row = {
            "id": f"txn_{nth}",
            "object": "balance_transaction",
            "amount": amount,
            "available_on": BEGAN + nth,
            "balance_type": "payments",
            "created": BEGAN + nth,
            "currency": "eur",
            "description": None,
            "exchange_rate": None,
            "fee": fee,
            "fee_details": [],
            "net": amount - fee,
            "reporting_category": category,
            "source": None,
            "status": "available",
            "type": kind,
            **more,
        }
        self.rows.append(row)
        return row

    def charged(self, order: str, sale: str, amount: int, fee: int = 0, **more: Any) -> dict[str, Any]:
        source = {
            "id": f"ch_{order}",
            "object": "charge",
            "amount": amount,
            "currency": "eur",
            "metadata": {"order": order, "sale": sale},
            "payment_intent": f"pi_{order}",
            **more.pop("source", {}),
        }
        return self.moved("charge", "charge", more.pop("paid", amount), fee, source=source, **more)

    def refunded(self, order: str, sale: str, refund: str, amount: int, *, failed: bool = False) -> dict[str, Any]:
        source = {
            "id": f"re_{order}",
            "object": "refund",
            "amount": amount,
            "currency": "eur",
            "metadata": {"order": order, "sale": sale, "refund": refund},
            "status": "failed" if failed else "succeeded",
        }
        if failed:
            return self.moved("refund_failure", "refund_failure", amount, source=source)
        return self.moved("refund", "refund", -amount, source=source)

    def disputed(self, order: str, sale: str, amount: int, fee: int = 0, *, inquiry: bool = False) -> str:
        dispute = f"dp_{len(self.disputes)}"
        charge = {"id": f"ch_{order}", "object": "charge", "metadata": {"order": order, "sale": sale}}
        its = [] if inquiry else [self.moved("adjustment", "dispute", -amount, fee, source=dispute)]
        self.disputes[dispute] = {
            "id": dispute,
            "object": "dispute",
            "amount": amount,
            "balance_transactions": its,
            "charge": charge,
            "created": BEGAN,
            "currency": "eur",
            "enhanced_eligibility_types": [],
            "evidence": {"enhanced_evidence": {}},
            "evidence_details": {
                "due_by": BEGAN + 7 * 86_400,
                "enhanced_eligibility": {},
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
                "submission_method": "manual",
            },
            "is_charge_refundable": False,
            "livemode": False,
            "metadata": {},
            "payment_intent": f"pi_{order}",
            "reason": "fraudulent",
            "status": "warning_needs_response" if inquiry else "needs_response",
        }
        if its:
            its[0]["source"] = {**self.disputes[dispute], "balance_transactions": [], "charge": charge["id"]}
        return dispute

    def ends(self, dispute: str, status: str, *, money: bool = True) -> None:
        """`money`: what was won is back."""
        its = self.disputes[dispute]
        its["status"] = status
        if status == "won" and money:
            its["balance_transactions"].append(
                self.moved("adjustment", "dispute_reversal", its["amount"], source=dispute)
            )

    # ── what is asked ──

    def _refuses(self, request: web.Request) -> web.Response | None:
        self.asked.append(request.path)
        self.refused += mistakes("GET", request.path, list(request.query.items()), request.headers)
        if request.headers["Authorization"] != f"Bearer {SECRET}":
            return web.json_response({"error": {"type": "invalid_request_error"}}, status=401)
        return web.json_response({"error": {"type": "api_error"}}, status=500) if self.broken else None

    async def _list(self, request: web.Request) -> web.Response:
        if (refusal := self._refuses(request)) is not None:
            return refusal
        rows = [
            row
            for row in reversed(self.rows)
            if (row["created"] if type(row["created"]) is int else BEGAN) >= int(request.query["created[gte]"])
        ]
        after = request.query.get("starting_after")
        if after is not None:
            rows = rows[[row.get("id") for row in rows].index(after) + 1 :]
        size = min(self.per_page, int(request.query["limit"]))
        for row in rows[:size]:
            self.refused += unlike_row(row)
        return web.json_response({"object": "list", "data": rows[:size], "has_more": len(rows) > size, "url": ""})

    async def _intent(self, request: web.Request) -> web.Response:
        """It has none: payments are localstripe's."""
        missing = web.json_response({"error": {"code": "resource_missing"}}, status=404)
        return self._refuses(request) or missing

    async def _dispute(self, request: web.Request) -> web.Response:
        if (refusal := self._refuses(request)) is not None:
            return refusal
        found = self.disputes.get(request.match_info["dispute"])
        if found is None:
            return web.json_response({"error": {"code": "resource_missing"}}, status=404)
        self.refused += unlike_dispute(found)
        return web.json_response(found)


def unlike_row(row: Mapping[str, Any]) -> list[str]:
    """Where it is not what Stripe publishes; one that is broken on purpose says so itself."""
    if row.get("broken"):
        return []
    source = row["source"]
    if not isinstance(source, dict):
        return unlike("balance_transaction", row)
    return unlike("balance_transaction", {**row, "source": source["id"]}) + unlike(
        source["object"], source, partly=True
    )


def unlike_dispute(found: Mapping[str, Any]) -> list[str]:
    if found.get("broken"):
        return []
    rows = [each for row in found["balance_transactions"] for each in unlike_row(row)]
    whole = {**found, "balance_transactions": [], "charge": found["charge"]["id"]}
    return rows + unlike("dispute", whole) + unlike("charge", found["charge"], partly=True)
