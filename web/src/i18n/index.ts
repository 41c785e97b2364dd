/**
 * Words in the visitor's language.
 * Owns: which language is shown. Guarantees: every key exists in every language (the compiler checks), only one is loaded.
 */

import { signal } from "@preact/signals";
import { local } from "../app/storage";
import type { Words } from "./en";

export const LANGUAGES = { en: "English", es: "Español", pt: "Português" } as const;
export type Language = keyof typeof LANGUAGES;
export type Word = keyof Words;
export type Values = Record<string, string | number>;

const loaders: Record<Language, () => Promise<{ words: Words }>> = {
  en: () => import("./en"),
  es: () => import("./es"),
  pt: () => import("./pt"),
};

export const language = signal<Language>("en");
const words = signal<Words | null>(null);

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

export async function speak(wanted: Language): Promise<void> {
  words.value = (await loaders[wanted]()).words;
  language.value = wanted;
  document.documentElement.lang = wanted;
}

export async function switchLanguage(wanted: Language): Promise<void> {
  local.write("lang", wanted);
  // biome-ignore lint/suspicious/noDocumentCookie: the server reads it to choose the language of the first answer
  document.cookie = `aforo_lang=${wanted}; path=/; max-age=31536000; samesite=lax`;
  await speak(wanted);
}

/** The sentence for `word`; `{name}` is replaced by its value, and `n` chooses the plural form. */
export function t(word: Word, values: Values = {}): string {
  return fill(words.value, language.value, word, values);
}

export function fill(from: Words | null, tag: string, word: Word, values: Values): string {
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
