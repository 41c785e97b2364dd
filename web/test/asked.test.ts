import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Purchase as OnePurchase } from "../buyer/sale/purchase";
import type { SaleSession } from "../buyer/sale/session";
import type { Order } from "../shared/wire/messages";

const STEP = { step: { client_secret: "pi_1_secret_2" }, until_ms: 600_000 };
const CARD = { payment: { method: "stripe", token: "pm_1" } };

let stored: Map<string, string>;
let asks: { order: string; means: unknown }[];
let answers: (() => Promise<unknown>)[];
let purchase: OnePurchase;
let Refusal: typeof import("../shared/live/errors").Refusal;

const refuse =
  (code: string, more = {}) =>
  async () => {
    throw new Refusal({ code, message: code, retryable: false, ...more } as never);
  };
const buy = (state: Order["state"]) => async () => ({ order: { state, code: "ABCD", failure: null } });

async function tab(): Promise<OnePurchase> {
  const { Purchase } = await import("../buyer/sale/purchase");
  const sale = {
    id: "s-1",
    checkout: async (order: string, means: unknown) => {
      asks.push({ order, means });
      const answer = answers.shift();
      if (!answer) throw new Error("asked once more than was thought of");
      return await answer();
    },
    read: { again: async () => {} },
    readCart: async () => ({}),
  } as unknown as SaleSession;
  return new Purchase(sale);
}

beforeEach(async () => {
  vi.resetModules();
  stored = new Map();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, text: string) => stored.set(key, text),
    removeItem: (key: string) => stored.delete(key),
  });
  ({ Refusal } = await import("../shared/live/errors"));
  [asks, answers] = [[], []];
  purchase = await tab();
});

describe("a bank that asks", () => {
  it("is answered, and the same purchase is asked about without another token", async () => {
    answers = [refuse("payment_pending", STEP), buy("paid")];
    await purchase.pay(CARD);
    expect(purchase.progress.value).toEqual({ at: "asked", secret: "pi_1_secret_2", until_ms: 600_000 });
    await purchase.look();
    expect(purchase.progress.value.at).toBe("placed");
    expect(asks.map(({ means }) => means)).toEqual([CARD, null]);
    expect(asks[1]?.order).toBe(asks[0]?.order);
  });

  it("lets nobody pay besides meanwhile", async () => {
    answers = [refuse("payment_pending", STEP)];
    await purchase.pay(CARD);
    await purchase.pay({ payment: { method: "stripe", token: "pm_2" } });
    expect(asks).toHaveLength(1);
  });

  it("is put to the buyer once by itself", async () => {
    expect(purchase.isNews("one")).toBe(true);
    expect(purchase.isNews("one")).toBe(false);
    expect(purchase.isNews("two")).toBe(true);
  });

  it("is found again by a page that was loaded anew", async () => {
    answers = [refuse("payment_pending", STEP), refuse("payment_pending", STEP)];
    await purchase.pay(CARD);
    const anew = await tab();
    await anew.look();
    expect(anew.progress.value.at).toBe("asked");
    expect(asks[1]?.order).toBe(asks[0]?.order);
  });

  it("that does not believe the buyer leaves the next try an id of its own", async () => {
    answers = [refuse("payment_pending", STEP), refuse("payment_declined"), buy("paid")];
    await purchase.pay(CARD);
    await purchase.look();
    expect(purchase.progress.value.at).toBe("refused");
    await purchase.pay(CARD);
    expect(asks[2]?.order).not.toBe(asks[0]?.order);
  });

  it("whose time is over gives the cart back", async () => {
    answers = [refuse("payment_pending", STEP)];
    await purchase.pay(CARD);
    purchase.reopened("unlocked");
    expect(purchase.progress.value.at).toBe("refused");
  });
});

it("an answer that comes after the news that it is paid changes nothing", async () => {
  let fail: (error: unknown) => void = () => {};
  answers = [refuse("payment_pending", STEP), () => new Promise((_, reject) => (fail = reject))];
  await purchase.pay(CARD);
  const looked = purchase.look();
  purchase.settle({ state: "paid", code: "ABCD" } as Order);
  fail(new Refusal({ code: "payment_pending", message: "", retryable: false } as never));
  await looked;
  expect(purchase.progress.value.at).toBe("placed");
});

it("looks after nothing where nothing was begun in this tab", async () => {
  await purchase.look();
  expect(asks).toHaveLength(0);
  expect(purchase.progress.value.at).toBe("idle");
});
