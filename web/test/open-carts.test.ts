import { signal } from "@preact/signals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ASK_MS } from "../shared/live/client";
import { json } from "../shared/wire/codec";
import type { Cart } from "../shared/wire/messages";
import { FakePlatform } from "./fake";

const cart = (change: Partial<Cart> = {}): Cart =>
  ({
    id: "cart_1",
    state: "open",
    deadline_at_ms: 60_000,
    items: [{ item: "seat:1", price: 100 }],
    ...change,
  }) as Cart;
const AGAIN_MS = 2_000;

let platform: FakePlatform;
let stored: Map<string, string>;
let hear: (event: { key: string }) => void;

/** A tab that is open anywhere but on the page of the sale. */
async function tab() {
  vi.resetModules();
  const { Live } = await import("../shared/live/client");
  const live = new Live({
    url: "ws://x/ws",
    codec: json,
    platform,
    token: { read: () => null, write: () => {} },
  });
  vi.doMock("../shared/app/services", () => ({ live, now_ms: signal(0) }));
  const { openCarts } = await import("../buyer/sale/open-carts");
  const { saleSession } = await import("../buyer/sale/session");
  live.start();
  platform.socket.welcome();
  return { carts: () => openCarts.value.map((open) => open.cart.id), saleSession };
}

/** Another tab of this browser has put something into a cart. */
function elsewhere(...sales: string[]): void {
  stored.set("aforo.carts", JSON.stringify(sales));
  hear({ key: "aforo.carts" });
}

const asked = () => platform.sockets.flatMap(({ sent }) => sent).filter((ask) => ask.do === "cart").length;

async function pass(ms: number): Promise<void> {
  await platform.pass(ms);
  await vi.advanceTimersByTimeAsync(ms);
  await platform.pass(0);
}

beforeEach(() => {
  vi.useFakeTimers();
  platform = new FakePlatform();
  stored = new Map();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  });
  vi.stubGlobal("addEventListener", (_: string, listener: typeof hear) => {
    hear = listener;
  });
  vi.stubGlobal("BroadcastChannel", undefined);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.doUnmock("../shared/app/services");
});

describe("a cart that another tab has", () => {
  it("is shown once the server has said that it is open", async () => {
    const { carts } = await tab();
    elsewhere("jazz");
    expect(carts()).toEqual([]);
    platform.socket.answer("cart", cart());
    await pass(0);
    expect(carts()).toEqual(["cart_1"]);
  });

  it("is asked about again after a refusal, and after no answer at all, on the same connection", async () => {
    const { carts } = await tab();
    elsewhere("jazz");
    platform.socket.refuse("cart", "overloaded");
    await pass(AGAIN_MS);
    expect(asked()).toBe(2);
    await pass(ASK_MS);
    await pass(AGAIN_MS);
    expect(asked()).toBe(3);
    platform.socket.answer("cart", cart());
    await pass(AGAIN_MS);
    expect(carts()).toEqual(["cart_1"]);
    expect(asked()).toBe(3);
  });

  it("is asked about a few times only", async () => {
    await tab();
    elsewhere("jazz");
    for (let nth = 1; nth < 20; nth++) {
      platform.socket.refuse("cart", "overloaded");
      await pass(AGAIN_MS);
    }
    expect(asked()).toBe(5);
  });

  it("is forgotten where there is none, and asked about anew when another tab has one again", async () => {
    const { carts } = await tab();
    elsewhere("jazz");
    platform.socket.refuse("cart", "no_cart");
    await pass(AGAIN_MS);
    expect(asked()).toBe(1);
    expect(stored.has("aforo.carts")).toBe(false);
    elsewhere("jazz");
    platform.socket.answer("cart", cart());
    await pass(0);
    expect(carts()).toEqual(["cart_1"]);
  });
});

describe("an answer that comes after a newer one", () => {
  it("takes no cart away that was begun meanwhile", async () => {
    const { carts, saleSession } = await tab();
    const read = saleSession("jazz").readCart();
    const held = saleSession("jazz").hold({ seats: [1] });
    platform.socket.answer("hold", { cart: cart() });
    await held;
    platform.socket.refuse("cart", "no_cart");
    await expect(read).rejects.toThrow("no_cart");
    expect(carts()).toEqual(["cart_1"]);
    expect(stored.get("aforo.carts")).toBe('["jazz"]');
  });

  it("does not empty the cart", async () => {
    const { carts, saleSession } = await tab();
    const read = saleSession("jazz").readCart();
    const held = saleSession("jazz").hold({ seats: [1] });
    platform.socket.answer("hold", { cart: cart() });
    await held;
    platform.socket.answer("cart", cart({ items: [] }));
    expect((await read).items).toHaveLength(1);
    expect(carts()).toEqual(["cart_1"]);
  });
});
