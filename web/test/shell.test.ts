import { describe, expect, test } from "vitest";
import { Keyboard, type Pressed, SEQUENCE_MS } from "../office/shell/keyboard";
import { landing, mayShow, PLACES, placeOf, reached, reachedTabs } from "../office/shell/places";
import { type Hit, ranked, score } from "../office/shell/ranking";

const may = (...words: string[]) => new Set(words);

describe("places", () => {
  test("only what one's permissions reach is shown", () => {
    const ids = (permissions: ReadonlySet<string> | null) => reached(permissions).map(({ id }) => id);
    expect(ids(null)).toEqual(PLACES.map(({ id }) => id));
    expect(ids(may())).toEqual(["today"]);
    expect(ids(may("sale:read", "order:read"))).toEqual(["today", "events", "orders"]);
    expect(ids(may("audit:read"))).toEqual(["today", "settings"]);
    expect(reachedTabs(may("audit:read"))).toEqual(["audit"]);
  });

  test("who has a single place lands on it", () => {
    expect(landing(may("people:read"))).toBe("/office/audience");
    expect(landing(may("coupon:edit"))).toBe("/office/offers");
    expect(landing(may("sale:read", "order:read"))).toBe("/office");
    expect(landing(may())).toBe("/office");
  });

  test("an address that is typed shows no more than a link would", () => {
    const permissions = may("sale:read", "audit:read");
    expect(mayShow("/office/sales/jazz", permissions)).toBe(true);
    expect(mayShow("/office/settings/audit", permissions)).toBe(true);
    expect(mayShow("/office/settings/keys", permissions)).toBe(false);
    expect(mayShow("/office/settings/team/acc_1", permissions)).toBe(false);
    expect(mayShow("/office/orders", permissions)).toBe(false);
    expect(mayShow("/office/offers/cpn_1", permissions)).toBe(false);
    expect(mayShow("/office/account", may())).toBe(true);
  });

  test("a desk belongs to events, and one's account to no place", () => {
    expect(placeOf("/office/sales/jazz")?.id).toBe("events");
    expect(placeOf("/office/settings/keys")?.id).toBe("settings");
    expect(placeOf("/office")?.id).toBe("today");
    expect(placeOf("/office/account")).toBeNull();
    expect(placeOf("/office/eventsful")).toBeNull();
  });
});

describe("keys", () => {
  const plain: Pressed = { key: "", ctrl: false, meta: false, alt: false, typing: false, modal: false };
  const letters = new Map([["e", "/office/events"]]);
  const board = (single = true) =>
    new Keyboard(
      () => letters,
      () => single,
    );

  test("g and a letter lead there, within a moment", () => {
    const keyboard = board();
    expect(keyboard.press({ ...plain, key: "g" }, 0)).toBeNull();
    expect(keyboard.press({ ...plain, key: "e" }, SEQUENCE_MS)).toEqual({ go: "/office/events" });
    expect(keyboard.press({ ...plain, key: "e" }, SEQUENCE_MS + 1)).toBeNull();
    keyboard.press({ ...plain, key: "g" }, 5_000);
    expect(keyboard.press({ ...plain, key: "e" }, 5_001 + SEQUENCE_MS)).toBeNull();
  });

  test("what is typed into a field, or while a dialog is open, is no key", () => {
    const keyboard = board();
    for (const there of [{ typing: true }, { modal: true }, { alt: true }]) {
      expect(keyboard.press({ ...plain, ...there, key: "?" }, 0)).toBeNull();
      keyboard.press({ ...plain, ...there, key: "g" }, 0);
      expect(keyboard.press({ ...plain, key: "e" }, 1)).toBeNull();
    }
    expect(keyboard.press({ ...plain, ctrl: true, typing: true, key: "k" }, 0)).toBe("search");
  });

  test("single keys can be switched off; the search keeps its own", () => {
    const keyboard = board(false);
    expect(keyboard.press({ ...plain, key: "?" }, 0)).toBeNull();
    expect(keyboard.press({ ...plain, key: "/" }, 0)).toBeNull();
    expect(keyboard.press({ ...plain, meta: true, key: "K" }, 0)).toBe("search");
  });
});

describe("search", () => {
  const hit = (name: string, more = ""): Hit => ({ id: name, kind: "page", name, more, path: `/${name}` });

  test("neither case nor accents matter, and each word must be somewhere", () => {
    expect(score("Notícias de Ñemby", "", "ÑEMBY noti")).not.toBeNull();
    expect(score("Carmen", "Gran Teatro", "carmen teatro")).not.toBeNull();
    expect(score("Carmen", "Gran Teatro", "carmen arena")).toBeNull();
  });

  test("what begins with the words comes before what has them within, and before what only mentions them", () => {
    const names = ranked(
      [hit("Reports", "sales"), hit("Pre-sales"), hit("Wholesales"), hit("Sales")],
      "sales",
      9,
    );
    expect(names.map(({ name }) => name)).toEqual(["Sales", "Pre-sales", "Wholesales", "Reports"]);
  });

  test("without words all stand as they came, as many as are wanted", () => {
    expect(ranked([hit("b"), hit("a"), hit("c")], " ", 2).map(({ name }) => name)).toEqual(["b", "a"]);
  });
});
