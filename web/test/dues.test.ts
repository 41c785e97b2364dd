import { expect, test } from "vitest";
import {
  bodyOf,
  drafts,
  feeOf,
  freshFee,
  freshTax,
  mistakesIn,
  problemsIn,
  staysAt,
  withoutFee,
} from "../office/dues";
import { changesOf } from "../office/planned";
import { problemsAt } from "../office/price-table";
import type { DuesShape, PriceListShape } from "../shared/wire/contract";

const DUES: DuesShape = {
  taxes: [
    { id: "iva", name: "IVA", rate: "10", included: true },
    { id: "general", name: "IVA general", rate: "8.875", included: false },
  ],
  fees: [
    {
      id: "service",
      name: "Service",
      per: "ticket",
      amount: 150,
      percent: "2.5",
      types: [],
      tax: "general",
      free_too: false,
    },
    {
      id: "club",
      name: "Club",
      per: "order",
      amount: 0,
      percent: "1",
      types: ["half", "product:shirt"],
      tax: "iva",
      free_too: true,
    },
  ],
  tax_of: { "product:shirt": "general" },
  tax: "iva",
};
const SOLD = { names: { general: "General", half: "Half", "product:shirt": "Shirt" }, digits: 2 };
const NONE: DuesShape = { taxes: [], fees: [], tax_of: {}, tax: null };

test("what nobody touched is sent as it was read, whatever language it was shown in", () => {
  for (const language of ["en", "es-ES", "pt-BR"])
    expect(bodyOf(drafts(DUES, 2, language), SOLD)).toEqual({
      taxes: {
        iva: { name: "IVA", rate: "10", included: true, for: [] },
        general: { name: "IVA general", rate: "8.875", included: false, for: ["shirt", "service"] },
      },
      fees: {
        service: {
          name: "Service",
          amount: "1.50",
          percent: "2.5",
          per: "ticket",
          for: [],
          free_too: false,
        },
        club: {
          name: "Club",
          amount: null,
          percent: "1",
          per: "order",
          for: ["half", "shirt"],
          free_too: true,
        },
      },
    });
});

test("sums are those of the currency: none, two and three decimals", () => {
  for (const [digits, shown, sent] of [
    [0, "150", "150"],
    [2, "1,50", "1.50"],
    [3, "0,150", "0.150"],
  ] as const) {
    const its = drafts(DUES, digits, "es-ES");
    expect(its.fees[0]?.amount).toBe(shown);
    expect(bodyOf(its, { ...SOLD, digits }).fees.service?.amount).toBe(sent);
  }
  const typed = { taxes: [], fees: [{ ...freshFee([]), name: "Fee", amount: "1,5" }] };
  expect(mistakesIn(typed, { ...SOLD, digits: 0 })).toEqual(new Map([["fee.0.amount", "amount"]]));
  expect(mistakesIn(typed, { ...SOLD, digits: 3 }).size).toBe(0);
});

test("a new fee that is called like a ticket type can still be told from it", () => {
  const fees = [{ ...freshFee([]), name: "General", amount: "1" }];
  const fee = feeOf(fees[0] as (typeof fees)[0]);
  const taxes = [{ ...freshTax([]), name: "IVA", rate: "8,875", all: false, of: [fee] }];
  const body = bodyOf({ taxes, fees }, SOLD);
  expect(Object.keys(body.fees)).toEqual(["general-2"]);
  expect(body.taxes.iva).toEqual({ name: "IVA", rate: "8.875", included: true, for: ["general-2"] });
});

test("a tax whose only fee is removed is of nothing, and never of all", () => {
  const before = drafts({ ...DUES, tax_of: {} }, 2, "en");
  const after = withoutFee(before, before.fees[0] as (typeof before.fees)[0]);
  expect(after.fees.map(({ name }) => name)).toEqual(["Club"]);
  expect(mistakesIn(after, SOLD)).toEqual(new Map([["tax.1.for", "none"]]));
});

test("what is wrong is told at its field", () => {
  const fee = freshFee([]);
  const tax = freshTax([]);
  const wrong = {
    fees: [fee, { ...fee, row: 1, name: "A", amount: "0", percent: "101", all: false }],
    taxes: [
      { ...tax, name: "A", rate: "1.23456" },
      { ...tax, row: 1, name: "B", rate: "100,5" },
      { ...tax, row: 2, name: "C", rate: "10", all: false, of: ["half"] },
      { ...tax, row: 3, name: "D", rate: "", all: false, of: ["half"] },
    ],
  };
  expect(mistakesIn(wrong, SOLD)).toEqual(
    new Map([
      ["tax.0.rate", "rate"],
      ["tax.1.rate", "rate"],
      ["tax.1.for", "second"],
      ["tax.3.rate", "rate"],
      ["tax.3.for", "twice"],
      ["fee.0.name", "name"],
      ["fee.0.amount", "nothing"],
      ["fee.1.percent", "rate"],
      ["fee.1.for", "none"],
    ]),
  );
});

test("what the server says stands at its field, and what it says of none is kept with its path", () => {
  const its = drafts(DUES, 2, "en");
  const fields = [
    { path: "taxes.general.rate", message: "has more than 4 decimals" },
    { path: "taxes.iva", message: "is of all" },
    { path: "fees.club", message: "asks for nothing" },
    { path: "taxes", message: "have to wait" },
    { path: "prices.hall", message: "is too dear" },
    { path: "prices.floor.half", message: "has decimals" },
  ];
  expect(problemsIn(fields, its, SOLD)).toEqual(
    new Map([
      ["tax.1.rate", "has more than 4 decimals"],
      ["tax.0.for", "is of all"],
      ["fee.1.amount", "asks for nothing"],
    ]),
  );
  const edited = {
    ...its,
    taxes: its.taxes.map((tax) => ({ ...tax, rate: tax.id === "iva" ? "7" : tax.rate })),
  };
  expect(staysAt("tax.1.rate", edited, its)).toBe(true);
  expect(staysAt("tax.0.for", edited, its)).toBe(true);
  expect(staysAt("tax.0.rate", edited, its)).toBe(false);
  const values = { "hall general": "", "hall half": "9", "floor general": "1", "floor half": "1" };
  expect(problemsAt(fields, values, { hall: {}, floor: {} })).toEqual(
    new Map([
      ["", "taxes have to wait"],
      ["hall half", "is too dear"],
      ["floor half", "has decimals"],
    ]),
  );
});

test("a new list says what differs, both sides of it", () => {
  const list = (prices: PriceListShape["prices"], dues: DuesShape): PriceListShape => ({
    ...{ list: 1, from_ms: 0, made_at: "", made_by: "", zones: [] },
    ...{ prices, dues },
  });
  const before = list({ hall: { general: 4500, half: 2000 } }, DUES);
  expect(changesOf(before, before)).toEqual([]);
  expect(changesOf(before, list({ hall: { general: 4600, child: 100 } }, DUES))).toEqual([
    { what: "price", place: "hall", type: "general", from: 4500, to: 4600 },
    { what: "price", place: "hall", type: "half", from: 2000, to: null },
    { what: "price", place: "hall", type: "child", from: null, to: 100 },
  ]);
  const gone = changesOf(before, list(before.prices, NONE));
  expect(gone.map(({ what, from, to }) => [what, from !== null, to])).toEqual([
    ["fee", true, null],
    ["fee", true, null],
    ["tax", true, null],
    ["tax", true, null],
  ]);
  const moved = changesOf(before, list(before.prices, { ...DUES, tax_of: { half: "general" } }));
  expect(moved).toMatchObject([
    { what: "tax", from: { of: ["product:shirt", "service"] }, to: { of: ["half", "service"] } },
  ]);
});
