/** What is known about somebody as people read it: fields by their names, codes in words, instants, money. Pure but for the words. */

import { zoneCity } from "../format/cities";
import { price } from "../format/price";
import { clock, day, ownZone } from "../format/time";
import { hasWord, LANGUAGES, language, locale, say } from "../i18n";
import { t } from "./words";

export type Row = Readonly<Record<string, unknown>>;

/** Fields whose values are codes. */
const CODED = new Set(
  "about basis channel channels consent_source email_vouched_by end_reason not_wanted phone_vouched_by purpose reached reason state".split(
    " ",
  ),
);
const MONEY = new Set(["total", "price"]);
const MINUTES_OF_DAY = new Set(["quiet_since", "quiet_until"]);
/** Said with what it belongs to. */
const WITH_MONEY = "currency";
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;
const DAY = /^\d{4}-\d\d-\d\d$/;
const MINUTE_MS = 60_000;

export function sectionName(name: string): string {
  return worded("section", name.replaceAll(" ", "_"), name);
}

export function fieldName(name: string): string {
  return worded("field", name, name.replaceAll("_", " "));
}

/** What a row says, field by field; nothing of what it has nothing in. */
export function said(row: Row): [name: string, value: string][] {
  const says = Object.entries(row).filter(([name, value]) => name !== WITH_MONEY && !isEmpty(value));
  return says.map(([name, value]) => [
    name,
    Array.isArray(value) ? all(name, value, row) : one(name, value, row),
  ]);
}

const isEmpty = (value: unknown) =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);

function all(name: string, values: unknown[], row: Row): string {
  const parts = values.map((value) => one(name, value, row));
  return parts.join(typeof values[0] === "object" ? "\n" : ", ");
}

function one(name: string, value: unknown, row: Row): string {
  if (typeof value === "object" && value !== null) {
    return said({ ...value, currency: row[WITH_MONEY] })
      .map(([field, text]) => `${fieldName(field)}: ${text}`)
      .join(" · ");
  }
  if (typeof value === "boolean") return t(value ? "acc_known_yes" : "acc_known_no");
  if (typeof value === "number") return figure(name, value, row);
  const text = String(value);
  if (CODED.has(name)) return worded("value", text, text);
  if (name === "locale") return (LANGUAGES as Readonly<Record<string, string>>)[text] ?? text;
  if (name === "zone") return zoneCity(text, language.value);
  if (INSTANT.test(text))
    return `${day(text, ownZone(), locale.value)}, ${clock(text, ownZone(), locale.value)}`;
  return DAY.test(text) ? day(text, "UTC", locale.value) : text;
}

function figure(name: string, value: number, row: Row): string {
  const currency = row[WITH_MONEY];
  if (MONEY.has(name) && typeof currency === "string") return price(value, currency);
  if (MINUTES_OF_DAY.has(name)) return clock(value * MINUTE_MS, "UTC", locale.value);
  return new Intl.NumberFormat(locale.value, { maximumFractionDigits: 6 }).format(value);
}

function worded(kind: string, code: string, otherwise: string): string {
  const word = `known_${kind}_${code}`;
  return hasWord(word) ? say(word) : otherwise;
}
