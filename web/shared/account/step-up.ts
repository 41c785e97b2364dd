/**
 * Acts that want a fresh proof of who one is.
 * Owns: that one is asked for. Guarantees: the act is tried again after the proof, and refused as before without it;
 * acts that want one at the same time share it.
 */

import { signal } from "@preact/signals";
import { call } from "../app/http";
import { now_ms } from "../app/services";
import { codeOf } from "../live/errors";
import type { Proof } from "./calls";
import { askWho, me } from "./me";

export const STEP_UP = "step_up_needed";
/** less than that is not begun with: one has to come back before it is over */
const LEFT_MS = 60_000;

interface Wanted {
  done(proved: boolean): void;
}

/** Somebody waits for a proof: the dialog is open. */
export const wanted = signal<Wanted | null>(null);
let waiting: Promise<boolean> | null = null;

function prove(): Promise<boolean> {
  waiting ??= new Promise<boolean>((resolve) => {
    wanted.value = { done: resolve };
  }).finally(() => {
    waiting = null;
    wanted.value = null;
  });
  return waiting;
}

/** True once a proof is fresh, without an act that would ask for it: before one leaves for another site. */
export async function freshly(): Promise<boolean> {
  await askWho();
  const until_ms = me.peek()?.session.stepped_up_until_ms ?? 0;
  return until_ms - now_ms.peek() > LEFT_MS ? true : prove();
}

export async function stepped<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (codeOf(error) !== STEP_UP || !(await prove())) throw error;
    return act();
  }
}

export async function stepUp(body: Proof | { password: string }): Promise<void> {
  await call("POST /api/security/sessions/step-up", { body });
  wanted.peek()?.done(true);
}

export async function stepUpOptions(): Promise<unknown> {
  return (await call("POST /api/security/sessions/step-up/options")).body;
}
