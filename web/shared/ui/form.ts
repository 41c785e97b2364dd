/**
 * Forms: what is typed, what is wrong with it, and sending it once.
 * Guarantees: a mistake is told at its field as soon as one has left it, and goes as soon as it is mended; the server's word
 * on a field stands there until the field changes; sending with something wrong sends nothing and leads to the first of it.
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { explain } from "../app/refusals";
import { codeOf, Refusal } from "../live/errors";
import type { WrongField } from "../wire/contract";

/** What is wrong with a value, in words; null when nothing is. */
export type Rule<V> = (value: string, all: V) => string | null;
export type Fields = Record<string, string>;

/** Problems by field that the server names; what it names and the form has not is left out. Pure. */
export function serverProblems(error: unknown, names: readonly string[]): Record<string, string> {
  const told = error instanceof Refusal ? (error.detail.fields ?? []) : [];
  const found: Record<string, string> = {};
  for (const { path, message } of told as WrongField[]) {
    const name = path.replace(/^\/|^body\./, "").split(/[./[]/)[0] ?? "";
    if (names.includes(name)) found[name] ??= message;
  }
  return found;
}

/** What is wrong before anything is sent. Pure. */
export function ownProblems<V extends Fields>(values: V, rules: Partial<Record<keyof V, Rule<V>>>) {
  const found: Partial<Record<keyof V, string>> = {};
  for (const name of Object.keys(values) as (keyof V)[]) {
    const problem = rules[name]?.(values[name] as string, values);
    if (problem) found[name] = problem;
  }
  return found;
}

/**
 * After the press that took the focus away, if one did: a sentence that appears while a button is pressed would move the button
 * from under the finger, and the press would be lost.
 */
export function afterPress(then: () => void): void {
  if (!pressed) then();
  else addEventListener("pointerup", () => setTimeout(then), { once: true });
}
let pressed = false;
if (typeof document !== "undefined") {
  addEventListener("pointerdown", () => (pressed = true), true);
  for (const ends of ["pointerup", "pointercancel"]) addEventListener(ends, () => (pressed = false), true);
}

export interface Bound {
  name: string;
  value: string;
  problem: string | null;
  onValue(value: string): void;
  onLeave(): void;
}

/**
 * `first` is what stands there untouched; it may change, and what was typed stays. `codes` says which refusals are about
 * which field: they are explained there.
 */
export function useForm<V extends Fields>(
  first: V,
  rules: Partial<Record<keyof V, Rule<V>>> = {},
  codes: Readonly<Record<string, keyof V & string>> = {},
) {
  const [typed, setTyped] = useState<Partial<V>>({});
  const values: V = { ...first, ...typed };
  const [left, setLeft] = useState<ReadonlySet<keyof V>>(new Set());
  const [told, setTold] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [tries, setTries] = useState(0);
  const element = useRef<HTMLFormElement>(null);
  const problems = ownProblems(values, rules);
  useEffect(() => {
    if (tries > 0) element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tries]);

  const change = (changed: Partial<V>) => {
    setTyped((before) => ({ ...before, ...changed }));
    setFailure(null);
    setTold((before) => Object.fromEntries(Object.entries(before).filter(([name]) => !(name in changed))));
  };
  const field = (name: keyof V & string): Bound => ({
    name,
    value: values[name] as string,
    problem: told[name] ?? (left.has(name) ? (problems[name] ?? null) : null),
    onValue: (value) => change({ [name]: value } as Partial<V>),
    // an empty field that one passes through is missing, not mistyped: that is told on sending
    onLeave: () => {
      if (values[name] !== "") afterPress(() => setLeft((before) => new Set([...before, name])));
    },
  });
  const submit = (send: (values: V) => Promise<void>) => async (event?: Event) => {
    event?.preventDefault();
    if (busy) return;
    setLeft(new Set(Object.keys(values)));
    if (Object.keys(problems).length > 0) {
      setTries((before) => before + 1);
      return;
    }
    setBusy(true);
    setFailure(null);
    try {
      await send(values);
    } catch (error) {
      const named = serverProblems(error, Object.keys(values));
      const field = codes[codeOf(error)];
      if (field !== undefined) named[field] ??= explain(error);
      setTold(named);
      if (Object.keys(named).length === 0) setFailure(error);
      setTries((before) => before + 1);
    } finally {
      setBusy(false);
    }
  };
  const restart = () => {
    setTyped({});
    setLeft(new Set());
    setTold({});
    setFailure(null);
  };
  const dirty = Object.keys(first).some((name) => values[name] !== first[name]);
  return { values, field, change, submit, restart, busy, failure, dirty, element, setFailure };
}
