/**
 * What a sale asks for a place: the page solves its challenge by itself, and asks the buyer for its code.
 * Guarantees: nothing is solved or sent that the sale did not ask for; a code is kept for this tab only.
 */

import { signal } from "@preact/signals";
import { live } from "../../shared/app/services";
import { codeOf } from "../../shared/live/errors";
import type { Commands } from "../../shared/wire/messages";
import { solve } from "./challenge";
import type { SaleSession } from "./session";

/** What the form gets that asks the buyer for what a sale wants. */
export interface EntryForm {
  sale: SaleSession;
  /** why the place or cart was refused */
  failure: unknown;
  /** ask for it again */
  enter(): void;
}

export class Entry {
  /** while this browser works on its challenge */
  readonly checking = signal(false);
  /** the code the buyer typed */
  code = "";

  constructor(private readonly sale: string) {}

  /** Ask for a place or a cart, with what the sale wants for it. */
  async ask<D extends "join" | "enter">(name: D, fields: { place?: string }): Promise<Commands[D]["answer"]> {
    const known = { sale: this.sale, ...fields, ...(this.code ? { code: this.code } : {}) };
    try {
      return await live.ask(name, known);
    } catch (error) {
      if (codeOf(error) !== "challenge_needed") throw error;
    }
    return await live.ask(name, { ...known, proof: await this.proof() });
  }

  private async proof(): Promise<string> {
    this.checking.value = true;
    try {
      return await solve((await live.ask("challenge", { sale: this.sale })).challenge);
    } finally {
      this.checking.value = false;
    }
  }
}
