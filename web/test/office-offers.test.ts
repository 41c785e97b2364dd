import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  anywhere,
  type Draft,
  draftOf,
  EFFECTS,
  fresh,
  type Ground,
  mistakesIn,
  type Rule,
  ruleTyped,
  standing,
  toggled,
} from "../office/offers";
import { told } from "../office/pages/offers/told";
import { OFFERS_WORDS } from "../office/pages/offers/words";
import { speak } from "../shared/i18n";
import type { CouponShape } from "../shared/wire/contract";

const ZONE = "Europe/Madrid";
const ground: Ground = {
  sale: "jazz",
  zone: ZONE,
  currency: "EUR",
  types: { general: "General", vip: "VIP" },
  places: { platea: "Platea" },
};
const coupon = (rule: Rule, change: Partial<CouponShape> = {}): CouponShape => ({
  id: "cpn_1",
  key: "FRIENDS",
  name: rule.name ?? "FRIENDS",
  sale: "jazz",
  sales: [],
  currency: "EUR",
  rule: rule as Record<string, unknown>,
  sentence: "",
  revision: 1,
  automatic: false,
  codes: ["FRIENDS"],
  drawn: 0,
  uses: 0,
  tickets: 0,
  discount: 0,
  made_at: "2026-11-01T10:00:00Z",
  ended_at: null,
  ...change,
});

const ALL: Rule = {
  name: "Amigos",
  percent: "12.5",
  cap: "40.00",
  for: ["general", "vip"],
  places: ["platea"],
  items: 2,
  alone: true,
  from: "2037-03-01T09:00:30.250000+00:00",
  until: "2037-03-02T09:00:00+00:00",
  minimum: { sum: "50.00", tickets: 3 },
  segment: "Socios",
  orders: 2,
  uses: 100,
  per_person: 1,
  tickets: 300,
  money: "1000.50",
  unlocks: ["backstage"],
};
const SHAPES: [Rule, string, string, string][] = [
  [{ percent: "10" }, "10% off.", "10 % de descuento.", "10% de desconto."],
  [{ fixed: "5.00" }, "€5 off the order.", "5 € menos en el pedido.", "€ 5 a menos no pedido."],
  [
    { fixed: "2.50", per: "ticket" },
    "€2.50 off each ticket.",
    "2,50 € menos en cada entrada.",
    "€ 2,50 a menos em cada ingresso.",
  ],
  [
    { price: "15.00", for: ["vip"] },
    "Each for €15 for VIP.",
    "Cada una por 15 € para VIP.",
    "Cada um por € 15 para VIP.",
  ],
  [
    { free: true, items: 1 },
    "Free, for the dearest of an order.",
    "Gratis, de la más cara de un pedido.",
    "Grátis, do mais caro de um pedido.",
  ],
  [
    { unlocks: ["backstage"] },
    "Takes off nothing, shows backstage.",
    "No descuenta nada, muestra backstage.",
    "Não desconta nada, mostra backstage.",
  ],
  [
    { percent: "5", account: true, per_person: 2, person: "buyer" },
    "5% off, for people who are signed in, 2 orders per browser.",
    "5 % de descuento, para quien ha iniciado sesión, 2 pedidos por navegador.",
    "5% de desconto, para quem entrou na conta, 2 pedidos por navegador.",
  ],
  [
    { percent: "5", until: "2037-03-02T12:00" },
    "5% off, until 2 Mar 2037, 12:00.",
    "5 % de descuento, hasta 2 mar 2037, 12:00.",
    "5% de desconto, até 2 de mar. de 2037, 12:00.",
  ],
];
/** "40.00" and "40" are one sum. */
const evenly = (rule: Rule): Rule => JSON.parse(JSON.stringify(rule).replaceAll(/"(\d+)\.00"/g, '"$1"'));
const plain = (text: string) => text.replace(/\s/g, " ");
const LOCALES = ["en-GB", "es-ES", "pt-BR"] as const;

beforeAll(() => vi.stubGlobal("document", { documentElement: {} }));
afterEach(() => vi.unstubAllGlobals());

async function speaking(tag: (typeof LOCALES)[number]): Promise<void> {
  vi.stubGlobal("document", { documentElement: {} });
  vi.stubGlobal("navigator", { languages: [tag] });
  await speak(tag.slice(0, 2) as "en" | "es" | "pt", OFFERS_WORDS);
}

describe("a coupon as a sentence", () => {
  it.each(LOCALES.map((tag, at) => [tag, at] as const))(
    "says each shape of a rule in %s",
    async (tag, at) => {
      await speaking(tag);
      for (const [rule, ...words] of SHAPES) expect(plain(told(rule, ground))).toBe(words[at]);
    },
  );

  it.each(LOCALES)("leaves out nothing of a rule that has everything, in %s", async (tag) => {
    await speaking(tag);
    const whole = told(ALL, ground);
    expect(whole).not.toMatch(/ofr_|\{|undefined/);
    for (const name of Object.keys(ALL) as (keyof Rule)[]) {
      if (name === "name") continue;
      const { [name]: _, ...rest } = ALL;
      expect(told(rest, ground), name).not.toBe(whole);
    }
  });

  it("speaks of sums as their currency is written, and of what has no name by its id", async () => {
    await speaking("en-GB");
    expect(told({ fixed: "500" }, anywhere(ZONE, "JPY"))).toContain("500");
    expect(told({ fixed: "500" }, anywhere(ZONE, "JPY"))).not.toContain("500.");
    expect(plain(told({ price: "1.250", for: ["child"] }, anywhere(ZONE, "KWD")))).toBe(
      "Each for KWD 1.250 for child.",
    );
  });

  it("says that something is still to be typed", async () => {
    await speaking("en-GB");
    expect(told(ruleTyped({ ...fresh(), effect: "fixed" }, ground, 2), ground)).not.toContain("undefined");
  });
});

describe("a coupon as it is edited", () => {
  it.each(LOCALES)("is sent as it was read, whole and to the millisecond, in %s", (tag) => {
    for (const [rule] of [[ALL], ...SHAPES.slice(0, 6)] as [Rule][]) {
      const draft = draftOf(coupon(rule), ZONE, 2, tag);
      expect(ruleTyped(draft, ground, 2, rule)).toEqual(evenly(rule));
      expect([...mistakesIn(draft, ground, 2, coupon(rule))]).toEqual([]);
    }
  });

  it("does one thing, whatever else was typed before", () => {
    const typed = { ...fresh(), percent: "10", fixed: "5", price: "3", cap: "1", per: "ticket" };
    for (const effect of EFFECTS) {
      const rule = ruleTyped({ ...typed, effect }, ground, 2);
      const done = (["percent", "fixed", "price", "free"] as const).filter((each) => each in rule);
      expect(done).toEqual(effect === "none" ? [] : [effect]);
      expect("cap" in rule).toBe(effect === "percent");
    }
  });

  it("takes times by the clocks of its sale, and of no sale by those of this device", () => {
    const draft = { ...fresh(), from: "2037-03-01T20:30" };
    expect(ruleTyped(draft, ground, 2).from).toBe("2037-03-01T20:30");
    expect(ruleTyped(draft, anywhere(ZONE), 2).from).toBe(new Date("2037-03-01T20:30").toISOString());
  });

  const wrong = (change: Partial<Draft>, shown: CouponShape | null = null, of = ground, digits = 2) =>
    Object.fromEntries(
      mistakesIn({ ...fresh(), key: "FRIENDS", percent: "10", ...change }, of, digits, shown),
    );

  it("says what is wrong before anything is sent", () => {
    expect(wrong({})).toEqual({});
    expect(wrong({ key: " " })).toEqual({ key: "missing" });
    expect(wrong({ percent: "" })).toEqual({ percent: "missing" });
    expect(wrong({ percent: "101" })).toEqual({ percent: "percent" });
    expect(wrong({ percent: "0" })).toEqual({ percent: "percent" });
    expect(wrong({ percent: "12,5 %" })).toEqual({});
    expect(wrong({ effect: "fixed", fixed: "" })).toEqual({ fixed: "missing" });
    expect(wrong({ effect: "fixed", fixed: "1,255" })).toEqual({ fixed: "sum" });
    expect(wrong({ effect: "fixed", fixed: "1.255" }, null, ground, 3)).toEqual({});
    expect(wrong({ effect: "price", price: "5.5" }, null, ground, 0)).toEqual({ price: "sum" });
    expect(wrong({ effect: "none" })).toEqual({ unlocks: "missing" });
    expect(wrong({ uses: "1.5", items: "0" })).toEqual({ uses: "whole", items: "whole" });
    expect(wrong({ from: "2037-03-02T10:00", until: "2037-03-02T10:00" })).toEqual({ until: "backwards" });
    expect(wrong({ money: "10" }, null, anywhere(ZONE))).toEqual({ currency: "currency" });
    expect(wrong({ money: "10", currency: "eur" }, null, anywhere(ZONE))).toEqual({});
  });

  it("does not let a limit fall below what is used", () => {
    const used = coupon({ percent: "10" }, { uses: 5, tickets: 9, discount: 1250 });
    expect(wrong({ uses: "4", tickets: "8", money: "12.49" }, used)).toEqual({
      uses: "used",
      tickets: "used",
      money: "used",
    });
    expect(wrong({ uses: "5", tickets: "9", money: "12.50" }, used)).toEqual({});
  });

  it("ticks names of a list, each once", () => {
    expect(toggled("", "vip", true)).toBe("vip");
    expect(toggled("vip, general", "vip", false)).toBe("general");
  });
});

it("stands as its times, its limits and its end have it", () => {
  const now_ms = Date.parse("2037-03-01T12:00:00Z");
  const how = (rule: Rule, change: Partial<CouponShape> = {}) => standing(coupon(rule, change), 2, now_ms);
  expect(how({ uses: 3 }, { uses: 2 })).toBe("counts");
  expect(how({ uses: 3 }, { uses: 3 })).toBe("used_up");
  expect(how({ tickets: 3 }, { tickets: 3 })).toBe("used_up");
  expect(how({ money: "12.50" }, { discount: 1250 })).toBe("used_up");
  expect(how({ money: "12.50" }, { discount: 1249 })).toBe("counts");
  expect(how({ from: "2037-03-01T12:00:01Z" })).toBe("later");
  expect(how({ until: "2037-03-01T12:00:00Z" })).toBe("over");
  expect(how({ uses: 1 }, { uses: 1, ended_at: "2037-02-01T12:00:00Z" })).toBe("ended");
});
