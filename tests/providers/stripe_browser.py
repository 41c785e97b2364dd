"""The line to localstripe as a browser needs it: with the program that it serves for pages.

The program of localstripe makes no payment method of a card, knows `handleNextAction` by another name, and no wallets:
that is added to it here, in terms of what it has, wallets as Stripe documents its Express Checkout Element. The line
runs beside tests that wait for a browser, in a thread of its own.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web
from typing_extensions import override

from tests.providers.stripe_wire import CARDS, Wire

SCRIPT = "/js.stripe.com/v3/"
WALLET_PRESS_MS_MAX = 1_000  # in which a page has to say whether the wallet opens
ADDED = """
(() => {
  // The number of a bank account, typed as it is; of a country that the page takes.
  const iban = () => {
    const typed = Object.assign(document.createElement("input"), { placeholder: "iban" });
    typed.setAttribute("aria-label", "IBAN");
    const heard = [];
    typed.oninput = () => heard.forEach((each) => each({}));
    const on = (_, each) => heard.push(each);
    return { on, mount: (place) => place.append(typed), destroy: () => typed.remove(), read: () => typed.value };
  };
  window.fieldFor = (stripe, kind, how) => {
    if (kind !== "iban") return stripe.elements().create(kind, how);
    if (String(how.supportedCountries) !== "SEPA") throw new Error("IntegrationError: countries are asked for");
    return iban();
  };
  // One instance for a sum, with the buttons of the wallets that the browser has, and a sheet to agree in.
  window.walletsFor = ({ mode, amount, currency, allowedPaymentMethodTypes }) => {
    if (mode !== "payment" || !Number.isInteger(amount) || amount < 1 || currency !== currency.toLowerCase()) {
      throw new Error("IntegrationError: a payment has an amount and a currency");
    }
    if (String(allowedPaymentMethodTypes) !== "card") throw new Error("IntegrationError: it is paid by card");
    const heard = {};
    let place = null;
    const tell = (event, said) => (heard[event] ?? []).forEach((each) => each(said));
    const press = async () => {
      const answer = await new Promise((done) => {
        setTimeout(() => done("late"), MS_MAX);
        const said = { resolve: () => done("open"), reject: () => done("closed") };
        tell("click", { expressPaymentType: "google_pay", ...said });
      });
      if (answer === "late") throw new Error("IntegrationError: resolve or reject within a second");
      if (answer === "closed") return;
      const asks = `Google Pay: ${amount} ${currency}`;
      if (!(await openModal(asks, "Agree in the wallet", "Close the wallet"))) return tell("cancel", {});
      const paymentFailed = ({ reason }) => place.append(`It failed: ${reason}`);
      tell("confirm", { expressPaymentType: "google_pay", paymentFailed });
    };
    const buttons = {
      on: (event, each) => (heard[event] ??= []).push(each),
      mount: (there) => {
        place = document.createElement("div");
        there.append(place);
        const available = { googlePay: true, applePay: false, link: false };
        if (!window.hasWallet) return setTimeout(() => tell("ready", { availablePaymentMethods: undefined }));
        const button = document.createElement("button");
        Object.assign(button, { type: "button", textContent: "Google Pay", onclick: press });
        place.append(button);
        setTimeout(() => tell("ready", { availablePaymentMethods: available }));
      },
      destroy: () => place?.remove(),
    };
    const made = {
      create: (kind) => {
        if (kind !== "expressCheckout") throw new Error("IntegrationError: no such element");
        return buttons;
      },
      update: (changed) => (amount = changed.amount),
      submit: async () => ((made.submitted = true), {}),
      sum: () => ({ amount, currency }),
    };
    return made;
  };
})();
(() => {
  const made = Stripe;
  Stripe = (key) => {
    const stripe = made(key);
    return {
      ...stripe,
      elements: (options) => (options ? walletsFor(options) : { create: (kind, how) => fieldFor(stripe, kind, how) }),
      createConfirmationToken: async ({ elements }) => {
        if (!elements.submitted) throw new Error("IntegrationError: elements.submit() comes first");
        const answer = await fetch(`${LOCALSTRIPE_BASE_API}/v1/confirmation_tokens`, {
          method: "POST",
          body: JSON.stringify(elements.sum()),
        });
        const body = await answer.json();
        return answer.ok ? { confirmationToken: body } : { error: { message: "The wallet could not be reached." } };
      },
      createPaymentMethod: async ({ type, card, boleto, sepa_debit, billing_details }) => {
        if (type === "sepa_debit") {
          const number = sepa_debit.read().replace(/ /g, "");
          const fine = /^[A-Z]{2}\\d{2}[A-Z0-9]{11,30}$/.test(number) && billing_details.name && billing_details.email;
          return fine ? { paymentMethod: { id: "pm_ofADebit" } } : { error: { message: "Your IBAN is incomplete." } };
        }
        if (type === "boleto") {
          const fine = /^\\d{11}$/.test(boleto.tax_id.replace(/\\D/g, "")) && billing_details.address.country === "BR";
          return fine ? { paymentMethod: { id: "pm_ofABoleto" } } : { error: { message: "The tax ID is invalid." } };
        }
        if (!card.value) return { error: { message: "Your card number is incomplete." } };
        const { number, ...rest } = card.value.card;
        const told = { key, type, billing_details, card: { number: number.replace(/ /g, ""), ...rest } };
        const answer = await fetch(`${LOCALSTRIPE_BASE_API}/v1/payment_methods`, {
          method: "POST",
          body: JSON.stringify(told),
        });
        const body = await answer.json();
        return answer.ok ? { paymentMethod: body } : { error: { message: "Your card number is invalid." } };
      },
      handleNextAction: ({ clientSecret }) => stripe.confirmCardPayment(clientSecret),
    };
  };
})();
""".replace("MS_MAX", str(WALLET_PRESS_MS_MAX))
FROM_ANYWHERE = {"Access-Control-Allow-Origin": "*"}


class BrowserWire(Wire):
    """Beside what servers ask, what pages do. `without_script`: pages don't get the program."""

    def __init__(self, there: str) -> None:
        super().__init__(there)
        self.without_script = False
        self.without_wallet = False  # it gives no token
        self.collected: list[str] = []  # payment methods that pages made, and tokens of wallets

    @override
    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_get(SCRIPT, self._script)
        app.router.add_post("/v1/payment_methods", self._collect)
        app.router.add_post("/v1/confirmation_tokens", self._agree)
        app.router.add_post("/v1/payment_intents/{intent}/_authenticate", self._authenticate)
        app.router.add_route("*", "/{path:.*}", self._take)
        return app

    async def _script(self, request: web.Request) -> web.Response:
        if self.without_script:
            return web.Response(status=503)
        async with self._http.get(self.there + SCRIPT) as answer:
            return web.Response(text=await answer.text() + ADDED, content_type="application/javascript")

    async def _collect(self, request: web.Request) -> web.Response:
        told: dict[str, Any] = await request.json(loads=json.loads)
        card = told["card"]
        form = {"type": told["type"], **{f"card[{name}]": value for name, value in card.items()}}
        status, body = await self._there("POST", "/v1/payment_methods", form)
        if "id" in body:
            self._methods[body["id"]] = next((kind for kind, each in CARDS.items() if each == card["number"]), "good")
            self.collected.append(body["id"])
        return web.json_response(body, status=status, headers=FROM_ANYWHERE)

    async def _agree(self, request: web.Request) -> web.Response:
        """In the sheet of a wallet, to this sum."""
        if self.without_wallet:
            return web.json_response({"error": {}}, status=503, headers=FROM_ANYWHERE)
        told: dict[str, Any] = await request.json(loads=json.loads)
        token = await self.card("good", as_token=True)
        self.sums[token] = (told["amount"], told["currency"])
        self.collected.append(token)
        return web.json_response({"id": token, "object": "confirmation_token"}, headers=FROM_ANYWHERE)

    async def _authenticate(self, request: web.Request) -> web.Response:
        told: dict[str, Any] = await request.json(loads=json.loads)
        form = {"client_secret": told["client_secret"], "success": request.query["success"]}
        path = f"/v1/payment_intents/{request.match_info['intent']}/_authenticate"
        status, body = await self._there("POST", path, form)
        return web.json_response(body, status=status, headers=FROM_ANYWHERE)


class Line:
    """The line in its thread; `do` has something done there."""

    def __init__(self, there: str) -> None:
        self.wire = BrowserWire(there)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def do(self, what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(30)

    @contextmanager
    def open(self) -> Iterator[BrowserWire]:
        self._thread.start()
        self.do(self.wire.open())
        try:
            yield self.wire
        finally:
            self.do(self.wire.close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
