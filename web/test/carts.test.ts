import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Cart } from "../shared/wire/messages";

const cart = (change: Partial<Cart>): Cart => ({
  id: "cart_1",
  state: "open",
  deadline_at_ms: 60_000,
  now_ms: 0,
  items: [{ item: "seat:1", price: 100 }],
  discount: 0,
  coupons: [],
  has_codes: false,
  fees: [],
  taxes: [],
  total: 100,
  credits: [],
  has_vouchers: false,
  due: 100,
  list: 1,
  phase: null,
  currency: "EUR",
  person_max: 6,
  bought: 0,
  contact: { name: "", email: "", phone: "" },
  coupon: "",
  has_key: false,
  order: null,
  issues: [],
  questions: [],
  ...change,
});
const open = cart({});
const empty = cart({ items: [] });
const ended = (end_reason: "expired" | "bought" | "left" | "lost") =>
  cart({ state: "ended", items: [], end_reason });

describe("carts that this browser remembers", () => {
  let stored: Map<string, string>;
  let hear: (event: { key: string }) => void;

  const fresh = async () => {
    vi.resetModules();
    return await import("../buyer/sale/kept-carts");
  };

  beforeEach(() => {
    stored = new Map();
    vi.stubGlobal("localStorage", {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
      removeItem: (key: string) => stored.delete(key),
    });
    vi.stubGlobal("addEventListener", (_: string, listener: typeof hear) => {
      hear = listener;
    });
  });

  it("remembers the sale of a cart that holds something, for the next tab, until it does not", async () => {
    const here = await fresh();
    here.noteCart("jazz", open, null);
    here.noteCart("opera", open, null);
    expect((await fresh()).salesWithCarts.value).toEqual(["jazz", "opera"]);
    here.noteCart("jazz", empty, open);
    expect((await fresh()).salesWithCarts.value).toEqual(["opera"]);
    here.noteNoCart("opera");
    expect([...stored]).toEqual([]);
  });

  it("keeps a cart that is being paid", async () => {
    const here = await fresh();
    here.noteCart("jazz", cart({ state: "locked" }), open);
    expect(here.salesWithCarts.value).toEqual(["jazz"]);
  });

  it("tells of a cart that was lost, and of none that was bought, given up or emptied", async () => {
    const here = await fresh();
    for (const fine of [ended("bought"), ended("left"), empty]) {
      here.noteCart("jazz", open, null);
      here.noteCart("jazz", fine, open);
      expect(here.lostCart.value).toBeNull();
    }
    here.noteCart("jazz", open, null);
    here.noteCart("jazz", ended("expired"), open);
    expect(here.lostCart.value).toEqual({ sale: "jazz", ranOut: true });
    here.noteCart("opera", ended("lost"), open);
    expect(here.lostCart.value).toEqual({ sale: "opera", ranOut: false });
  });

  it("tells of a cart that ran out while no tab was open, once", async () => {
    (await fresh()).noteCart("jazz", open, null);
    const later = await fresh();
    later.noteCart("jazz", ended("expired"), null);
    expect(later.lostCart.value).toEqual({ sale: "jazz", ranOut: true });
    const evenLater = await fresh();
    evenLater.noteCart("jazz", ended("expired"), null);
    expect(evenLater.lostCart.value).toBeNull();
  });

  it("follows what another tab writes, and takes nothing that is no list of ours", async () => {
    const here = await fresh();
    stored.set("aforo.carts", '["jazz"]');
    hear({ key: "aforo.theme" });
    expect(here.salesWithCarts.value).toEqual([]);
    hear({ key: "aforo.carts" });
    expect(here.salesWithCarts.value).toEqual(["jazz"]);
    for (const odd of ["", "{", '{"jazz": 1}', "[1, null]"]) {
      stored.set("aforo.carts", odd);
      hear({ key: "aforo.carts" });
      expect(here.salesWithCarts.value).toEqual([]);
    }
  });

  it("is bounded", async () => {
    const here = await fresh();
    for (let nth = 0; nth < 100; nth++) here.noteCart(`sale-${nth}`, open, null);
    expect(here.salesWithCarts.value).toHaveLength(20);
    expect(here.salesWithCarts.value.at(-1)).toBe("sale-99");
  });
});
