/**
 * Words in the visitor's language.
 * Owns: which language is shown. Guarantees: every key exists in every language (the compiler checks), only one is loaded.
 */

import { computed, signal } from "@preact/signals";
import { local } from "../app/storage";
import type { Words } from "./en";

export const LANGUAGES = { en: "English", es: "Español", pt: "Português" } as const;
export type Language = keyof typeof LANGUAGES;
export type Word = keyof Words;
export type Table = Readonly<Record<string, string | { one: string; other: string }>>;
export type Values = Record<string, string | number>;

const loaders: Record<Language, () => Promise<{ words: Words }>> = {
  en: () => import("./en"),
  es: () => import("./es"),
  pt: () => import("./pt"),
};

/** Words of a program of its own, beside those that all have. */
export type MoreWords = Record<Language, () => Promise<{ words: Table }>>;

export const language = signal<Language>("en");
/** How numbers and dates are written: the visitor's own country's way, where it is one of this language's. */
export const locale = computed(
  () =>
    navigator.languages.find((tag) => tag.toLowerCase().split("-")[0] === language.value) ?? language.value,
);
const words = signal<Table | null>(null);
const more: MoreWords[] = [];

function known(tag: string | null | undefined): Language | null {
  const short = (tag ?? "").toLowerCase().split("-")[0] ?? "";
  return short in LANGUAGES ? (short as Language) : null;
}

/** By the address, then the visitor's own choice, then what the server chose, then the browser. */
export function chosenLanguage(): Language {
  const asked = new URLSearchParams(location.search).get("lang");
  const wishes = [asked, local.read("lang"), document.documentElement.lang, ...navigator.languages];
  for (const wish of wishes) {
    const found = known(wish);
    if (found) return found;
  }
  return "en";
}

let speaking: Promise<void> | null = null;

export function speak(wanted: Language, added?: MoreWords): Promise<void> {
  if (added && !more.includes(added)) more.push(added);
  speaking = load(wanted);
  return speaking;
}

async function load(wanted: Language): Promise<void> {
  const tables = await Promise.all([loaders[wanted](), ...more.map((table) => table[wanted]())]);
  words.value = Object.assign({}, ...tables.map((table) => table.words));
  language.value = wanted;
  document.documentElement.lang = wanted;
}

/** Words that some pages alone need: there before such a page is shown, and in every language chosen later. */
export async function speakAlso(added: MoreWords): Promise<void> {
  if (more.includes(added)) return;
  more.push(added);
  if (speaking === null) return; // the first `speak` brings them
  try {
    await speaking;
    const wanted = language.peek();
    const { words: found } = await added[wanted]();
    if (language.peek() === wanted) words.value = { ...words.peek(), ...found };
  } catch (error) {
    more.splice(more.indexOf(added), 1);
    throw error;
  }
}

export async function switchLanguage(wanted: Language): Promise<void> {
  local.write("lang", wanted);
  // biome-ignore lint/suspicious/noDocumentCookie: the server reads it to choose the language of the first answer
  document.cookie = `aforo_lang=${wanted}; path=/; max-age=31536000; samesite=lax`;
  await speak(wanted);
}

/** The sentence for `word`; `{name}` is replaced by its value, and `n` chooses the plural form. */
export function t(word: Word, values: Values = {}): string {
  return say(word, values);
}

/** The same for words of any table that was loaded; programs with words of their own give it their types. */
export function say(word: string, values: Values = {}): string {
  return fill(words.value, locale.value, word, values);
}

export function fill(from: Table | null, tag: string, word: string, values: Values): string {
  const found = from?.[word];
  if (found === undefined) return word;
  const form = typeof found === "string" ? found : plural(found, tag, Number(values.n ?? 0));
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? new Intl.NumberFormat(tag).format(value) : value;
  });
}

function plural(forms: { one: string; other: string }, tag: string, n: number): string {
  return new Intl.PluralRules(tag).select(n) === "one" ? forms.one : forms.other;
}

/** Whether a word exists: for codes the server may have learnt after these pages were built. */
export function hasWord(word: string): word is Word {
  return words.value !== null && word in words.value;
}
