/**
 * One purchase, from the press of the button to a known end.
 * Owns: the order id kept for this tab, so that a reload or a lost answer asks for the same purchase, never a second one.
 * Guarantees: a new id is made only after the last one is known to have failed.
 */

import { signal } from "@preact/signals";
import { newId, session } from "../../shared/app/storage";
import { codeOf, Refusal } from "../../shared/live/errors";
import type { Order } from "../../shared/wire/messages";
import type { Means, SaleSession } from "./session";

export type Progress =
  | { at: "idle" }
  | { at: "paying" }
  /** the money may have moved: nothing to do but wait */
  | { at: "confirming" }
  /** its buyer's bank asks something first, until then: nothing was taken yet */
  | { at: "asked"; secret: string; until_ms: number }
  | { at: "refused"; error: unknown }
  /** it has its seats: it is paid, or its money is awaited */
  | { at: "placed"; order: Order };

/** The order came to nothing, or never came to be: the next try is a new one. */
const OVER = new Set([
  "payment_declined",
  "payment_unavailable",
  "payment_not_set_up",
  "already_sold",
  "cart_incomplete",
  "cart_ended",
  "no_cart",
  "invalid",
  "conflict",
]);
/** Nothing was placed: what is to be accepted is shown as it is now. */
const TERMS = new Set(["terms_needed", "terms_changed"]);
const UNKNOWN = new Set(["payment_pending", "unanswered"]);

function asked(error: unknown): Progress | null {
  const { step, until_ms } = error instanceof Refusal ? error.detail : {};
  if (!step?.client_secret || until_ms === undefined) return null;
  return { at: "asked", secret: step.client_secret, until_ms };
}

export class Purchase {
  readonly progress = signal<Progress>({ at: "idle" });

  private looking = false;
  private told = "";

  constructor(private readonly sale: SaleSession) {}

  private get key(): string {
    return `order.${this.sale.id}`;
  }

  private orderId(): string {
    const kept = session.read(this.key);
    if (kept) return kept;
    const fresh = newId();
    session.write(this.key, fresh);
    return fresh;
  }

  /** `terms` is the version of the organizer's terms that was accepted, where there are any. */
  async pay(means: Means | null, terms: number | null = null): Promise<void> {
    if (this.isUnderWay) return;
    this.progress.value = { at: "paying" };
    await this.ask(means, terms);
  }

  /** While it is, nothing else is bought here. */
  get isUnderWay(): boolean {
    const { at } = this.progress.value;
    return at === "paying" || at === "confirming" || at === "asked";
  }

  /** Ask how the purchase stands that was begun in this tab, before it was loaded anew or once a bank was answered. */
  async look(): Promise<void> {
    if (this.looking || this.progress.value.at === "paying" || session.read(this.key) === null) return;
    this.looking = true;
    this.progress.value = { at: "confirming" };
    await this.ask(null, null);
    this.looking = false;
  }

  /** Whether this question of a bank was not put to the buyer yet. */
  isNews(secret: string): boolean {
    const news = secret !== this.told;
    this.told = secret;
    return news;
  }

  private async ask(means: Means | null, terms: number | null): Promise<void> {
    try {
      const { order } = await this.sale.checkout(this.orderId(), means, terms);
      this.settle(order);
    } catch (error) {
      if (this.progress.value.at === "placed") return; // it was told so meanwhile
      const code = codeOf(error);
      if (UNKNOWN.has(code)) {
        this.progress.value = asked(error) ?? { at: "confirming" };
        return;
      }
      if (OVER.has(code)) session.write(this.key, null);
      this.progress.value = { at: "refused", error };
      if (TERMS.has(code)) void this.sale.read.again();
      void this.sale.readCart().catch(() => undefined);
    }
  }

  /** The server told how an order ended, asked or unasked. */
  settle(order: Order): void {
    if (order.state === "paid" || order.state === "awaiting") {
      session.write(this.key, null);
      this.progress.value = { at: "placed", order };
    } else if (order.state === "paying") this.progress.value = { at: "confirming" };
    else {
      session.write(this.key, null);
      const code = order.failure === "payment_unavailable" ? order.failure : "payment_declined";
      const error = new Refusal({
        code,
        message: order.failure ?? code,
        retryable: false,
        ...(order.failure === null ? {} : { reason: order.failure }),
      });
      this.progress.value = { at: "refused", error };
    }
  }

  /** The cart changed by itself while a purchase was under way. */
  reopened(reason: string | null): void {
    if (this.progress.value.at !== "confirming" && this.progress.value.at !== "asked") return;
    if (reason === "unlocked") {
      session.write(this.key, null);
      const error = new Refusal({ code: "payment_declined", message: "", retryable: false });
      this.progress.value = { at: "refused", error };
    }
  }

  idle(): void {
    this.progress.value = { at: "idle" };
  }
}
