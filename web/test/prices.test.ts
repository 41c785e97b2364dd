import { expect, test } from "vitest";
import { amountOf, fieldOf, typedPrices, writtenAmount } from "../office/price-table";

test("amounts are written as people write them, and read back exactly", () => {
  for (const language of ["en", "es-ES", "pt-BR"]) {
    for (const [minor, digits] of [
      [4550, 2],
      [4500, 2],
      [123456789, 2],
      [4500, 0],
      [4501, 3],
    ] as const) {
      const back = amountOf(writtenAmount(minor, digits, language), digits);
      expect(Math.round(Number(back) * 10 ** digits)).toBe(minor);
    }
  }
});

test("what is no amount of the currency is not one", () => {
  for (const written of ["", "-1", "1.234", "1,2,3", "4.", "abc", "1e3", "1 000"])
    expect(amountOf(written, 2)).toBe(null);
  expect(amountOf("1.5", 0)).toBe(null);
  expect(amountOf(" 1,5 ", 2)).toBe("1.5");
});

test("a table without an amount for a type sells none of it", () => {
  const values = { [fieldOf("hall", "general")]: "45,50", [fieldOf("hall", "half")]: "" };
  expect(typedPrices(values, { hall: { general: 4500, half: 2250 } }, ["general", "half"])).toEqual({
    hall: { general: "45.50" },
  });
});
