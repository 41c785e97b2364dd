"""A right example of every body and ask: what strangers put their texts into."""

from __future__ import annotations

from typing import Any

from tests.strangers.shop import card

STAND_INS = (("stand-ins", "people"), ("stand-ins/take-back", "stand_ins"))
STORE = {
    "store": "La Espiga",
    "address": "Puerta del Sol",
    "zone": "Europe/Madrid",
    "latitude": 40.4,
    "longitude": -3.7,
    "currency": "EUR",
    "products": {"bun": {"name": "Bun", "price": "1.80", "description": "Warm", "picture": ""}},
    "segments": {"regulars": "orders >= 3"},
}
PROMO = {
    "name": "Evening buns",
    "product": "prd_none",
    "price": "0.90",
    "stock": 5,
    "segments": ["new users"],
    "daily": {"opens": "17:00", "closes": "19:00", "first": "2037-06-01", "last": "2037-06-02", "weekdays": ["friday"]},
}
SECTION = {"name": "Stalls", "rows": 2, "seats": 3, "row_labels": ["A", "B"], "off": ["A 1"], "shape": {"kind": "arc"}}
ALLOCATION = {"purpose": "press", "seats": {"stalls": ["A 2"]}, "units": {"floor": 1}, "release": "2037-02-01 10:00"}
COUPON = {
    "percent": "10",
    "cap": "5",
    "from": "2037-01-10 10:00",
    "until": "2037-02-10 10:00",
    "minimum": {"sum": "20", "tickets": 2},
    "uses": 100,
    "per_person": 1,
    "person": "buyer",
    "money": "500",
}
SALE = {
    "event": "Jazz",
    "description": "One night",
    "kind": "concert",
    "picture": "https://example.org/jazz.jpg",
    "starts": "2037-03-01 20:30",
    "ends": "2037-03-01 23:30",
    "zone": "Europe/Madrid",
    "venue": {"name": "House", "address": "Street 1", "latitude": 40.0, "longitude": -3.0, "country": "ES"},
    "ticket_types": {"general": "General"},
    "currency": "EUR",
    "opens": "2037-01-10 10:00",
    "closes": "2037-02-10 10:00",
    "lobby": "2037-01-10 09:00",
    "visibility": "public_from",
    "public_from": "2037-01-09 09:00",
    "cart_minutes": "15",
    "sections": {"stalls": {**SECTION, "price": {"general": "45.00"}}},
    "pools": {
        "floor": {"name": "Floor", "capacity": 10, "price": "30", "admits": ["night"]},
        "early": {"capacity": 5, "price": 20, "draws_on": "floor"},
    },
    "allocations": {"press": {**ALLOCATION, "name": "Press"}},
    "days": {"night": {"name": "The night", "starts": "2037-03-01 20:30"}},
    "coupons": {"JAZZ10": {"name": "A tenth off", **COUPON, "for": ["general"], "codes": ["JAZZ10"]}},
}
RULE = {"every": ["friday"], "at": "20:30", "from": "2037-06-01", "until": "2037-06-20", "except": ["2037-06-05"]}
DATES = {"dates": ["2037-06-02 20:30"], "rule": {**RULE, "weeks": 2}, "series": "Season"}
CONTACT = {"name": "Ada", "email": "ada@example.org", "phone": "+34600000000"}
ADDRESS = {"purpose": "offers", "channel": "email", "address": "ada@example.org"}
TERMS = {"text": "What you agree to.", "url": "https://example.org/terms"}
P256DH = "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM"
KEYS = {"p256dh": P256DH, "auth": "BTBZMqHH6r4Tts7J_aSIgg"}
OF_EVENT = ("event", "description", "kind", "picture", "starts", "ends", "zone")
HOLD = {"hold": "h", "best": {"seats": 1, "section": "stalls"}, "position": {"latitude": 1, "longitude": 1}}
RELEASE = {"release": "r", "seats": [0], "units": {"floor": 1}}
TYPES = {"seat:0": "general", "pool:floor": {"general": 1}}
CHANGE = {"contact": CONTACT, "key": "correct horse", "types": TYPES, "coupon": "X"} | {
    "voucher": "",
    "own_credit": False,
}
CHECKOUT = {"order": "o", "card": card()}
ORGANIZERS: dict[str, Any] = {
    "POST /api/sales": SALE,
    "PATCH /api/sales/{sale}": {
        **{name: SALE[name] for name in ("closes", "visibility", "public_from", "cart_minutes", "days", "coupons")},
        "admits": {"floor": ["night"]},
    },
    "POST /api/sales/{sale}/allocations": {**ALLOCATION, "name": "Press"},
    "POST /api/sales/{sale}/allocations/{allocation}/release-part": {"seats": {"stalls": "A 1"}, "units": {"floor": 1}},
    "POST /api/sales/{sale}/allocations/{allocation}/withhold": {"seats": {"stalls": "A 1"}, "units": {"floor": 1}},
    "POST /api/sales/{sale}/orders": {
        "order": "o",
        "seats": [0],
        "best": HOLD["best"],
        "units": {"floor": 1},
        "type": "general",
        "types": TYPES,
        "contact": CONTACT,
        "tender": "transfer",
        "reference": "TR 77",
        "allocation": "press",
        "locale": "es",
    },
    "PUT /api/sales/{sale}/pools/{pool}": {"capacity": 5},
    "PUT /api/sales/{sale}/prices": {"prices": {"stalls": {"general": 1}}, "ticket_types": {"half": "Half"}, "list": 1},
    "POST /api/venues": {"name": "House", "address": "Street 1", "zone": "UTC", "latitude": 1, "longitude": 1},
    "POST /api/venues/{venue}/layouts": {"name": "Plan", "sections": {"stalls": SECTION}},
    "POST /api/events": {name: SALE[name] for name in OF_EVENT},
    "PATCH /api/events/{event}": {name: SALE[name] for name in OF_EVENT if name != "zone"},
    "POST /api/events/{event}/move": {name: SALE[name] for name in ("starts", "ends")},
    "POST /api/events/{event}/schedule": {"starts": SALE["starts"], "ends": SALE["ends"], "resume": True},
    "POST /api/events/{event}/postpone": {"keep_selling": True},
    "POST /api/events/{event}/dates": DATES,
    "POST /api/organizer/events/{event}/refunds": {"cancellation": "one", "places": ["none"]},
    "POST /api/organizer/events/{event}/refunds/preview": {"places": ["none"]},
    "POST /api/sales/{sale}/clone": {"starts": SALE["starts"], "ends": SALE["ends"], "preview": True},
    "POST /api/sales/{sale}/reopen": {"closes": SALE["closes"]},
    "POST /api/stores": STORE,
    "PUT /api/segments": {"name": "regulars", "rule": "orders >= 3 and locale = 'es'"},
    "POST /api/segments/preview": {"rule": "orders >= 3 and locale in ('es', 'pt')"},
    "POST /api/organizer/promos": PROMO,
    "PUT /api/organizer": {"name": "House", "terms": TERMS, "refund_rule": "None", "order_key": "required"},
    "PUT /api/organizer/taxes": {"countries": {"ES": {"IVA": {"rate": "10", "for": ["general"]}}}, "version": 0},
    "PUT /api/organizer/identity": {
        "name": "House Ltd",
        "tax_id": "GB123456789",
        "address": "1 Main Street",
        "postal_code": "N1 1AA",
        "city": "London",
        "country": "GB",
        "note": "Thank you",
        "prefix": "A-",
        "zone": "Europe/London",
    },
    "POST /api/organizer/pictures/fetch": {"url": "https://example.org/jazz.jpg"},
    "POST /api/people/find": {"name": "ada"},
    "POST /api/organizer/orders/find": {"words": "ada"},
    "POST /api/organizer/sales/{sale}/orders/{order}/moves": {"move": "one", "to": {"sale": "none", "seats": [1]}},
    "POST /api/organizer/sales/{sale}/orders/{order}/moves/preview": {"to": {"sale": "none", "seats": [1]}},
    "POST /api/organizer/sales/{sale}/orders/{order}/money": {"amount": 1, "on": "2026-11-29", "note": "TR 77"},
    "POST /api/organizer/sales/{sale}/orders/{order}/refunds": {"refund": "one", "lines": [0]},
    "POST /api/organizer/sales/{sale}/orders/{order}/refunds/preview": {"lines": [0]},
    "POST /api/organizer/sales/{sale}/orders/{order}/refunds/{refund}/again": {"by_hand": True},
    "POST /api/organizer/reconciliations": {"since_ms": 1},
    "POST /api/organizer/disagreements/{disagreement}/resolve": {"reason": "The bank took a euro"},
    "PUT /api/organizer/dispute-policy": {"blocks": True},
    **{f"POST /api/people/{at}": {"purpose": "us", of: ["x"]} for at, of in STAND_INS},
    "PUT /api/people/{person}/contact": CONTACT,
    "POST /api/people/{person}/notes": {"text": "Press\nRings before"},
    "POST /api/bounces": {"channel": "email", "address": "ada@example.org", "reason": "bounced"},
    "POST /api/people": {"people": [{**CONTACT, "reference": "r1", "zone": "Europe/Madrid", "consent": True}]},
    "POST /api/credit/find": {"email": "ada@example.org"},
    "POST /api/credit": {
        "issue": "i",
        "amount": 500,
        "currency": "EUR",
        "why": "Rained off",
        "number": 2,
        "sum_min": 1,
    },
    "POST /api/coupons": {"key": "SUMMER", **COUPON, "currency": "EUR", "codes": ["SUMMER"]},
    "PUT /api/coupons/{coupon}": {"name": "A tenth off", **COUPON, "revision": 1},
    "POST /api/coupons/{coupon}/codes": {"number": 2, "partner": "Radio Norte"},
    "POST /api/coupons/{coupon}/revoke": {"code": "JAZZ10"},
    "POST /api/coupons/try": {
        "sale": "jazz-1",
        "codes": "JAZZ10",
        "items": [{"place": "stalls", "type": "general", "number": 2}],
    },
    "POST /api/links": {"name": "poster", "label": "Posters in the metro", "sale": "jazz-1"},
    "PATCH /api/links/{link}": {"label": "Posters", "sale": "jazz-1", "archived": True},
    "POST /api/payment-accounts": {
        "name": "Our account",
        "publishable_key": "pk_test_a",
        "secret_key": "sk_test_a",
        "webhook_secret": "whsec_a",
    },
    "PUT /api/payment-accounts/{account}": {"name": "Our account", "webhook_secret": "whsec_b"},
    "POST /api/webhooks": {"url": "https://hooks.example.org/1", "topics": ["order.paid"], "label": "Ours"},
    "POST /api/webhooks/{webhook}/replay": {"from_sequence": 1},
}
BUYERS: dict[str, Any] = {
    "POST /api/sales/{sale}/places": {"place": "0.AAAA"},
    "POST /api/sales/{sale}/carts": {"place": "0.AAAA"},
    "PATCH /api/sales/{sale}/carts/mine": CHANGE,
    "POST /api/sales/{sale}/carts/mine/holds": HOLD,
    "POST /api/sales/{sale}/carts/mine/releases": RELEASE,
    "POST /api/sales/{sale}/carts/mine/orders": CHECKOUT,
    "POST /api/orders/open": {"code": "AAAA-BBBB-CCCC", "key": "correct horse"},
    "POST /api/orders/forgotten-key": {"code": "AAAA-BBBB-CCCC"},
    "PUT /api/orders/forgotten-key": {"code": "AAAA-BBBB-CCCC", "token": "a.b", "key": "correct horse"},
    "PUT /api/orders/{code}/key": {"key": "correct horse"},
    "PUT /api/orders/{code}/choice": {"choice": "keep"},
    "POST /api/orders/{code}/refunds": {"lines": [0], "refund": "one"},
    "POST /api/orders/{code}/refunds/preview": {"lines": [0, 1]},
    "PUT /api/organizer/own-refunds": {"hours": 24, "fees": True, "give_as": "voucher"},
    "PUT /api/orders/{code}/tax-identity": {"tax_identity": {"name": "Casa S. L.", "country": "ES"}},
    "POST /api/buyers/forget": {"opened": ["AAAA-BBBB-CCCC"]},
    "PUT /api/profiles/mine": {**CONTACT, "locale": "es", "zone": "UTC", "channels": ["email"], "wording": "Yes"},
    "POST /api/contacts": {**ADDRESS, "locale": "es"},
    "POST /api/contacts/confirm": {**ADDRESS, "code": "123456"},
    "POST /api/push/subscriptions": {"endpoint": "https://push.example.org/1", "keys": KEYS},
}
ASKS: dict[str, Any] = {
    "hello": {"buyer": "a.b", "locale": "es"},
    "watch": {"sale": "S", "topics": ["seats"], "epoch": "e", "seq": 1},
    "unwatch": {"sale": "S", "topics": ["seats"]},
    "join": {"sale": "S", "place": "0.AAAA"},
    "leave": {"sale": "S"},
    "enter": {"sale": "S", "place": "0.AAAA"},
    "challenge": {"sale": "S"},
    "cart": {"sale": "S"},
    "hold": {"sale": "S", **HOLD},
    "release": {"sale": "S", **RELEASE},
    "change": {"sale": "S", **CHANGE},
    "checkout": {"sale": "S", **CHECKOUT},
    "order": {"code": "AAAA-BBBB-CCCC", "key": "correct horse"},
    "promos": {"latitude": 1, "longitude": 1, "accuracy_m": 5, "zone": "Europe/Madrid"},
    "ping": {},
}
