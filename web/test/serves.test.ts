import { expect, test } from "vitest";
import { listed, servesSaid, servesTyped, sumOf } from "../office/serves";

test("currencies and countries are typed in a row, in any case", () => {
  expect(listed(" eur, brl;  cop ")).toEqual(["EUR", "BRL", "COP"]);
  expect(listed("")).toEqual([]);
});

test("sums are minor units of the one currency", () => {
  const typed = { currencies: "jpy", countries: "jp", amount_from: "500", amount_up_to: "" };
  expect(servesSaid(typed)).toEqual({
    currencies: ["JPY"],
    countries: ["JP"],
    amount_from: 500,
    amount_up_to: null,
  });
  expect(sumOf("19,99", "EUR")).toBe(1_999);
  expect(sumOf("1.234", "KWD")).toBe(1_234);
  expect(sumOf("", "EUR")).toBeNull();
  expect(sumOf("a lot", "EUR")).toBeUndefined();
  expect(sumOf("0.5", "JPY")).toBeUndefined();
});

test("what is said of an account can be typed again unchanged", () => {
  const serves = { currencies: ["EUR"], countries: ["ES", "FR"], amount_from: 10_050, amount_up_to: null };
  expect(servesSaid(servesTyped(serves))).toEqual(serves);
  expect(servesTyped(undefined)).toEqual({
    currencies: "",
    countries: "",
    amount_from: "",
    amount_up_to: "",
  });
});
