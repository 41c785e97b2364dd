/**
 * Whom the receipt is made out to: kept here while it is typed, sent once it is whole, and the server's word on each field.
 * Guarantees: all of it is sent or nothing; with nothing in it the receipt is made out to the buyer alone.
 */

import { useState } from "preact/hooks";
import type { Word } from "../../shared/i18n";
import { Refusal } from "../../shared/live/errors";
import type { TaxIdentityShape } from "../../shared/wire/contract";

export type TaxField = keyof TaxIdentityShape;

export const NOBODY: TaxIdentityShape = {
  name: "",
  tax_id: "",
  address: "",
  postal_code: "",
  city: "",
  country: "",
};
export const TAX_FIELDS = Object.keys(NOBODY) as TaxField[];
const OPTIONAL: TaxField = "postal_code";
const COUNTRY = /^[A-Z]{2}$/;

/** As it is sent: without spaces around, and the country in capitals. */
export const tidied = (typed: TaxIdentityShape): TaxIdentityShape => ({
  ...(Object.fromEntries(
    TAX_FIELDS.map((name) => [name, typed[name].trim()]),
  ) as unknown as TaxIdentityShape),
  country: typed.country.trim().toUpperCase(),
});

export const isEmpty = (identity: TaxIdentityShape): boolean =>
  TAX_FIELDS.every((name) => identity[name] === "");

/** What it lacks, by field; nothing where all of it is empty. */
export function lacking(identity: TaxIdentityShape): Partial<Record<TaxField, Word>> {
  if (isEmpty(identity)) return {};
  const found: Partial<Record<TaxField, Word>> = {};
  for (const name of TAX_FIELDS) if (name !== OPTIONAL && identity[name] === "") found[name] = "tax_needed";
  if (identity.country && !COUNTRY.test(identity.country)) found.country = "tax_country_wrong";
  return found;
}

/** The fields that a refusal names. */
export function refusedTaxFields(error: unknown): TaxField[] {
  const paths = error instanceof Refusal ? (error.detail.fields ?? []).map(({ path }) => path) : [];
  return TAX_FIELDS.filter((name) => paths.includes(`tax_identity.${name}`));
}

export interface TaxForm {
  value(name: TaxField): string;
  set(name: TaxField): (text: string) => void;
  left(name: TaxField): void;
  problem(name: TaxField): Word | null;
  /** the whole, as it is sent */
  typed: TaxIdentityShape;
  begun: boolean;
  /** Sends what is not sent yet; whether all of it is there now. */
  send(): Promise<boolean>;
}

/** `write` answers how it failed, or null. Where a field is left, a whole identity is sent if `early`. */
export function useTaxForm(
  said: TaxIdentityShape,
  write: (identity: TaxIdentityShape) => Promise<unknown>,
  early: boolean,
): TaxForm {
  const [changes, setChanges] = useState<Partial<TaxIdentityShape>>({});
  const [seen, setSeen] = useState<ReadonlySet<TaxField>>(new Set());
  const [refused, setRefused] = useState<readonly TaxField[]>([]);
  const typed = tidied({ ...said, ...changes });
  const problems = lacking(typed);
  const send = async () => {
    setSeen(new Set(TAX_FIELDS));
    if (Object.keys(problems).length > 0) return false;
    if (TAX_FIELDS.every((name) => typed[name] === said[name])) return refused.length === 0;
    const failure = await write(typed);
    setRefused(refusedTaxFields(failure));
    return failure === null;
  };
  return {
    value: (name) => changes[name] ?? said[name],
    set: (name) => (text) => {
      setChanges((now) => ({ ...now, [name]: text }));
      // whether an id can be right depends on the country
      setRefused((now) => now.filter((each) => each !== name && !(name === "country" && each === "tax_id")));
    },
    left: (name) => {
      setSeen((now) => new Set([...now, name]));
      if (early && Object.keys(problems).length === 0) void send();
    },
    problem: (name) => {
      if (refused.includes(name)) return name === "tax_id" ? "tax_id_wrong" : "answer_unusable";
      return seen.has(name) ? (problems[name] ?? null) : null;
    },
    typed,
    begun: Object.keys(changes).length > 0,
    send,
  };
}
