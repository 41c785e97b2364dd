import { beforeEach, describe, expect, test, vi } from "vitest";
import { fieldName, said, sectionName } from "../shared/account/known-words";
import { ACCOUNT_WORDS } from "../shared/account/words";
import { type Language, speak } from "../shared/i18n";

/** Spaces that do not break are written as spaces. */
const plain = (text: string | undefined) => text?.replace(/[\u00a0\u202f]/g, " ");
const value = (row: Record<string, unknown>, name: string) => plain(Object.fromEntries(said(row))[name]);

async function speaks(wanted: Language, tag: string) {
  vi.stubGlobal("document", { documentElement: {} });
  vi.stubGlobal("navigator", { languages: [tag] });
  vi.stubEnv("TZ", "Europe/Madrid");
  await speak(wanted, ACCOUNT_WORDS);
}

describe("what is known, as it is read", () => {
  beforeEach(() => speaks("es", "es-ES"));

  test("names sections and fields in the reader's language, and others as they are", () => {
    expect(sectionName("nothing is sent")).toBe("Adónde no se envía nada");
    expect(fieldName("paid_orders")).toBe("Pedidos pagados");
    expect(fieldName("of_a_newer_release")).toBe("of a newer release");
  });

  test("writes money with its currency, and nothing of the currency alone", () => {
    const row = { total: 4550, currency: "EUR", lines: [{ price: 4550, seat: 3 }, { price: 0 }] };
    expect(said(row).map(([name]) => name)).toEqual(["total", "lines"]);
    expect(value(row, "total")).toBe("45,50 €");
    expect(value(row, "lines")).toBe("Precio: 45,50 € · Asiento (nuestro número): 3\nPrecio: Gratis");
  });

  test("writes instants by the reader's clock, days as days, and hours of a day", () => {
    const row = { placed_at: "2026-07-01T18:30:00+00:00", day: "2026-07-01", quiet_since: 1320 };
    expect(value(row, "placed_at")).toBe("mié, 1 de julio de 2026, 20:30");
    expect(value(row, "day")).toBe("mié, 1 de julio de 2026");
    expect(value(row, "quiet_since")).toBe("22:00");
  });

  test("says codes in words, and a name that looks like one as it was typed", () => {
    const row = { state: "refunded", channels: ["email", "sms"], name: "paid", reason: "of a newer release" };
    expect(said(row)).toEqual([
      ["state", "reembolsado"],
      ["channels", "correo, SMS"],
      ["name", "paid"],
      ["reason", "of a newer release"],
    ]);
  });

  test("leaves out what is not there, but not a no or a nought", () => {
    expect(said({ phone: "", paid_at: null, providers: [], consent: false, passkeys: 0 })).toEqual([
      ["consent", "no"],
      ["passkeys", "0"],
    ]);
  });

  test("says languages and zones as people call them", () => {
    expect(said({ locale: "pt", zone: "Europe/London" })).toEqual([
      ["locale", "Português"],
      ["zone", "Londres"],
    ]);
  });
});
