"""Buyers without a browser: they fill a hall over HTTP, so that a page has something to show."""

from __future__ import annotations

import json
import secrets
import time
from random import Random

from tests.browser.site import Site

TRY_EVERY_S = 0.05
TRIES_MAX = 400
CARD = {"number": "4242424242424242", "expires": "12/39", "cvc": "123"}
CONTACT = {"name": "Ana Núñez", "email": "ana@example.org"}


def body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def token(site: Site) -> str:
    return str(site.ask("POST", "/api/buyers", b"{}", token="none")["buyer"])


def enter(site: Site, sale: str, buyer: str) -> None:
    """Open the cart as soon as the room lets this buyer in."""
    for _ in range(TRIES_MAX):
        try:
            site.ask("POST", f"/api/sales/{sale}/carts", b"{}", token=buyer)
        except AssertionError as refused:
            if "not_your_turn" not in str(refused):
                raise
            time.sleep(TRY_EVERY_S)
        else:
            return
    raise AssertionError(f"{sale} let nobody in")


def fill(site: Site, sale: str, parties: int, *, buying: float, seed: int) -> None:
    """So many parties of two to four come in and take the best there is in some section; some of them buy."""
    chance = Random(seed)
    info = site.ask("GET", f"/api/sales/{sale}")
    sections = [section["id"] for section in info["sections"] if section["id"] in info["prices"]]
    buyers = [token(site) for _ in range(parties)]
    if info["room"] is not None:
        for buyer in buyers:
            site.ask("POST", f"/api/sales/{sale}/places", b"{}", token=buyer)
    for buyer in buyers:
        enter(site, sale, buyer)
        best = {"seats": chance.randint(2, 4), "section": chance.choice(sections)}
        mine = f"/api/sales/{sale}/carts/mine"
        try:
            site.ask("POST", f"{mine}/holds", body(hold=secrets.token_hex(8), best=best), token=buyer)
        except AssertionError as refused:
            if "none_together" not in str(refused):
                raise
            continue
        if chance.random() < buying:
            site.ask("PATCH", mine, body(contact=CONTACT, key="tres tristes tigres"), token=buyer)
            site.ask("POST", f"{mine}/orders", body(order=secrets.token_hex(8), card=CARD), token=buyer)


def queue(site: Site, sale: str, people: int) -> None:
    for _ in range(people):
        site.ask("POST", f"/api/sales/{sale}/places", b"{}", token=token(site))
