/**
 * The fees and taxes of a price list as they are edited and as they are sent. Pure.
 * Guarantees: nothing is rounded here; what is for some things only never becomes for all by what is taken away elsewhere.
 */

import type { DuesShape, FeeInput, TaxInput, WrongField } from "../shared/wire/contract";
import { keysOf, nextRow, problemsOf, type Row } from "./keyed";
import { amountOf, writtenAmount } from "./price-table";

const RATE_DECIMALS_MAX = 4;
const PRODUCT = "product:";
const FEE = "fee:";

interface Due extends Row {
  name: string;
  /** for all that is sold; of a tax: that has no other */
  all: boolean;
  /** ids of ticket types and products; of a tax also fees, by row: "fee:2" */
  of: readonly string[];
}

export interface TaxDraft extends Due {
  rate: string;
  included: boolean;
}

export interface FeeDraft extends Due {
  amount: string;
  percent: string;
  per: "ticket" | "order";
  free_too: boolean;
}

export interface Drafts {
  taxes: readonly TaxDraft[];
  fees: readonly FeeDraft[];
}

/** What dues may be for, and the currency they are in. */
export interface Sold {
  /** ids of ticket types and products → names */
  names: Readonly<Record<string, string>>;
  digits: number;
}

export const feeOf = ({ row }: FeeDraft): string => `${FEE}${row}`;

/** "8.875" as people write it. */
function writtenRate(percent: string | null, language: string): string {
  if (percent === null) return "";
  const [whole = "", decimals = ""] = percent.split(".");
  return decimals === "" ? whole : writtenAmount(Number(whole + decimals), decimals.length, language);
}

export function drafts(dues: DuesShape, digits: number, language: string): Drafts {
  const fees = dues.fees.map((fee, row) => ({
    row,
    id: fee.id,
    name: fee.name,
    amount: fee.amount === 0 ? "" : writtenAmount(fee.amount, digits, language),
    percent: writtenRate(fee.percent, language),
    per: fee.per,
    all: fee.types.length === 0,
    of: fee.types,
    free_too: fee.free_too,
  }));
  const taxes = dues.taxes.map(({ id, name, rate, included }, row) => {
    const all = dues.tax === id;
    const kinds = Object.keys(dues.tax_of).filter((kind) => dues.tax_of[kind] === id);
    const its = dues.fees.flatMap(({ tax }, at) => (tax === id ? [`${FEE}${at}`] : []));
    return {
      row,
      id,
      name,
      rate: writtenRate(rate, language),
      included,
      all,
      of: all ? [] : [...kinds, ...its],
    };
  });
  return { taxes, fees };
}

export const freshTax = (rows: readonly TaxDraft[]): TaxDraft => ({
  row: nextRow(rows),
  id: null,
  name: "",
  rate: "",
  included: true,
  all: !rows.some(({ all }) => all),
  of: [],
});

export const freshFee = (rows: readonly FeeDraft[]): FeeDraft => ({
  row: nextRow(rows),
  id: null,
  name: "",
  amount: "",
  percent: "",
  per: "ticket",
  all: true,
  of: [],
  free_too: false,
});

/** Without a fee, nor what taxes say of it. */
export function withoutFee({ taxes, fees }: Drafts, gone: FeeDraft): Drafts {
  const of = feeOf(gone);
  return {
    taxes: taxes.map((tax) => ({ ...tax, of: tax.of.filter((each) => each !== of) })),
    fees: fees.filter((each) => each !== gone),
  };
}

/** What it is called on the way. A fee that is called like a ticket type could not be told from it. */
const keysOfFees = (fees: readonly FeeDraft[], sold: Sold) =>
  keysOf(fees, ({ name }) => name, "fee", Object.keys(sold.names).map(bare));
const keysOfTaxes = (taxes: readonly TaxDraft[]) => keysOf(taxes, ({ name }) => name, "tax");
const bare = (kind: string) => (kind.startsWith(PRODUCT) ? kind.slice(PRODUCT.length) : kind);

export function bodyOf(
  { taxes, fees }: Drafts,
  sold: Sold,
): { taxes: Record<string, TaxInput>; fees: Record<string, FeeInput> } {
  const feeKeys = keysOfFees(fees, sold);
  const keys = new Map(fees.map((fee, at) => [feeOf(fee), feeKeys[at] as string]));
  const taxKeys = keysOfTaxes(taxes);
  return {
    taxes: Object.fromEntries(
      taxes.map(({ name, rate, included, all, of }, at) => [
        taxKeys[at],
        {
          name: name.trim(),
          rate: amountOf(rate, RATE_DECIMALS_MAX) ?? rate,
          included,
          for: all ? [] : of.map((each) => keys.get(each) ?? bare(each)),
        },
      ]),
    ),
    fees: Object.fromEntries(
      fees.map(({ name, amount, percent, per, all, of, free_too }, at) => [
        feeKeys[at],
        {
          name: name.trim(),
          amount: amountOf(amount, sold.digits),
          percent: amountOf(percent, RATE_DECIMALS_MAX),
          per,
          for: all ? [] : of.map(bare),
          free_too,
        },
      ]),
    ),
  };
}

export type Mistake = "name" | "rate" | "amount" | "nothing" | "none" | "second" | "twice";

/** What is wrong before anything is sent, by "tax.0.rate" and "fee.1.amount". */
export function mistakesIn({ taxes, fees }: Drafts, { digits }: Sold): Map<string, Mistake> {
  const found = new Map<string, Mistake>();
  const taxed = new Set<string>();
  let rest = false;
  for (const { row, name, rate, all, of } of taxes) {
    if (name.trim() === "") found.set(`tax.${row}.name`, "name");
    if (!isRate(rate)) found.set(`tax.${row}.rate`, "rate");
    if (all && rest) found.set(`tax.${row}.for`, "second");
    else if (!all && of.length === 0) found.set(`tax.${row}.for`, "none");
    else if (of.some((each) => taxed.has(each))) found.set(`tax.${row}.for`, "twice");
    rest ||= all;
    for (const each of of) taxed.add(each);
  }
  for (const { row, name, amount, percent, all, of } of fees) {
    const blank = amount.trim() === "";
    if (name.trim() === "") found.set(`fee.${row}.name`, "name");
    if (!blank && amountOf(amount, digits) === null) found.set(`fee.${row}.amount`, "amount");
    else if (!/[1-9]/.test(amount) && !/[1-9]/.test(percent)) found.set(`fee.${row}.amount`, "nothing");
    if (percent.trim() !== "" && !isRate(percent)) found.set(`fee.${row}.percent`, "rate");
    if (!all && of.length === 0) found.set(`fee.${row}.for`, "none");
  }
  return found;
}

function isRate(written: string): boolean {
  const plain = amountOf(written, RATE_DECIMALS_MAX);
  return plain !== null && Number(plain) <= 100;
}

/** Whether what stands in a field, named as `mistakesIn` does, is what stood there before. */
export function staysAt(field: string, now: Drafts, before: Drafts): boolean {
  const [kind, row, name = ""] = field.split(".");
  const at = ({ taxes, fees }: Drafts) => {
    const rows: readonly (TaxDraft | FeeDraft)[] = kind === "tax" ? taxes : fees;
    const draft = rows.find((each) => String(each.row) === row);
    return name === "for" ? [draft?.all, draft?.of] : draft?.[name as keyof Due];
  };
  return JSON.stringify(at(now)) === JSON.stringify(at(before));
}

/** What the server says, by field as `mistakesIn` names them; "" is what concerns none of them. */
export function problemsIn(
  fields: readonly WrongField[],
  { taxes, fees }: Drafts,
  sold: Sold,
): Map<string, string> {
  const found = new Map<string, string>();
  const parts = [
    ["tax", "taxes.", taxes, keysOfTaxes(taxes), "for"],
    ["fee", "fees.", fees, keysOfFees(fees, sold), "amount"],
  ] as const;
  for (const [kind, path, rows, keys, first] of parts) {
    const its = fields.filter((field) => field.path.startsWith(path));
    for (const [at, message] of problemsOf(its, rows, keys, first))
      found.set(at === "" ? "" : `${kind}.${at}`, message);
  }
  return found;
}
