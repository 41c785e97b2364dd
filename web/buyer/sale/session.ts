/**
 * One sale as this buyer lives it: their place, their cart, their order.
 * Owns: what only this buyer is told, and the asks that change it. Kept per sale for the life of the tab.
 * Guarantees: signals only hold what the server said; asks carry ids of their own, so that a repeat changes nothing.
 */

import { batch, computed, effect, signal } from "@preact/signals";
import { live } from "../../shared/app/services";
import { local, newId } from "../../shared/app/storage";
import { language } from "../../shared/i18n";
import { codeOf } from "../../shared/live/errors";
import { saleOf } from "../../shared/live/watch";
import type { Layout } from "../../shared/map/layout";
import type { SeatStates } from "../../shared/map/states";
import { FollowedSale, kept } from "../../shared/sale/followed";
import type { SaleInfo } from "../../shared/sale/sales";
import type { CardBody, ChangeBody, CheckoutAnswer } from "../../shared/wire/contract";
import type {
  Cart,
  HoldAnswer,
  JoinAnswer,
  Order,
  ReleaseAnswer,
  WireEvent,
} from "../../shared/wire/messages";
import { Entry } from "./entry";
import { noteCart, noteNoCart } from "./kept-carts";
import { inPhase, type Met, met } from "./phases";
import { placeFromDraw } from "./place";
import { withUnlocked } from "./unlocked";

export type HoldWhat =
  | { seats: number[] }
  | { best: { seats: number; section?: string } }
  | { pool: { pool: string; units: number } };

export type CartChange = ChangeBody;
/** With what is paid: a card typed here, or another method. */
export type Means = { card: CardBody } | { payment: { method: string } };

const CHECKOUT_MS = 75_000;
/** A phase is met a moment after it begins, and no timer waits longer than browsers can. */
const TURNS_AFTER_MS = 50;
const WAIT_MS_MAX = 2_000_000_000;
const NO_CART = new Set(["no_cart", "cart_ended"]);
/** There is nothing to hear of any more. */
const GONE = new Set(["no_cart", "unknown_sale"]);
/** A cart that another tab has is asked about again when no answer came: nothing else would bring it into sight. */
const HEAR_TRIES_MAX = 5;
const HEAR_AGAIN_MS = 2_000;

/** The tabs of one browser are one buyer: what one of them does to the cart, the others show. */
const tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("aforo.carts");

export const isProduct = (pool: string | undefined): boolean => pool?.startsWith("product:") ?? false;

export class SaleSession extends FollowedSale {
  readonly joined = signal<JoinAnswer | null>(null);
  readonly cart = signal<Cart | null>(null);
  /** the last order that ended while this tab was open */
  readonly order = signal<Order | null>(null);
  /** why the cart ended or changed by itself */
  readonly cartReason = signal<string | null>(null);

  readonly entry: Entry;
  /** codes that show more of the sale: each cart of this tab is brought them */
  readonly codes = new Set<string>();
  private broughtTo = "";

  /** whether this connection is told what becomes of the cart: it is once it has asked about it */
  private hears = false;
  /** counts what was learned of the cart: an answer to what was asked before that comes too late */
  private learned = 0;
  private hearing: ReturnType<typeof setTimeout> | undefined;

  readonly place = computed(() => placeFromDraw(this.joined.value, this.room.value));
  readonly held = computed(() => {
    const cart = this.cart.value;
    return cart && cart.state !== "ended" ? cart.items : [];
  });
  readonly heldCount = computed(() => this.held.value.reduce((sum, item) => sum + (item.units ?? 1), 0));
  /** of what one holds, products are no tickets */
  readonly ticketCount = computed(() =>
    this.held.value.reduce((sum, item) => sum + (isProduct(item.pool) ? 0 : (item.units ?? 1)), 0),
  );

  /** as the server said, whatever the phase */
  whole: SaleInfo | null = null;
  private turning: ReturnType<typeof setTimeout> | undefined;

  constructor(id: string) {
    super(id);
    this.entry = new Entry(id);
    const own = computed(() => {
      const cart = this.cart.value?.state === "ended" ? null : this.cart.value;
      return JSON.stringify([cart?.phase, cart?.unlocked]);
    });
    own.subscribe(() => this.turn());
    effect(() => this.shut(this.info.value, this.layout.value, this.seats.value));
    effect(() => this.open(this.cart.value, this.seats.value));
    live.listen((event) => {
      if (saleOf(event) === id) this.told(event);
    });
    tabs?.addEventListener("message", ({ data }: MessageEvent<{ sale: string; cart: Cart }>) => {
      if (data.sale === id) this.learn(data.cart);
    });
    live.status.subscribe((status) => {
      if (status !== "live") this.hears = false;
    });
    let before: Cart | null = null;
    this.cart.subscribe((cart) => {
      if (cart) noteCart(id, cart, before);
      this.ownList.value = (cart?.state !== "ended" && cart?.list) || null;
      before = cart;
      this.bringCodes(cart);
    });
  }

  // ── the phase one is in ──

  met(): Met {
    const cart = this.cart.value;
    const own = cart && cart.state !== "ended" ? (cart.phase ?? null) : null;
    return met(this.whole?.phases, own, live.clock.now_ms());
  }

  /** Differs where entering asks for something else. */
  get asks(): string {
    const { phase } = this.met();
    return phase ? `${phase.id} ${phase.entry}` : (this.info.value?.entry ?? "");
  }

  /** What is sold now to this buyer; said anew when another phase begins. */
  protected override seen(info: SaleInfo): SaleInfo {
    this.whole = info;
    clearTimeout(this.turning);
    const { phase, turns_at_ms } = this.met();
    if (turns_at_ms !== null) {
      const wait_ms = Math.max(0, turns_at_ms - live.clock.now_ms());
      this.turning = setTimeout(() => this.turn(), Math.min(wait_ms + TURNS_AFTER_MS, WAIT_MS_MAX));
    }
    const cart = this.cart.value;
    return withUnlocked(inPhase(info, phase), cart?.state === "ended" ? undefined : cart?.unlocked);
  }

  private turn(): void {
    if (this.whole) this.info.value = this.seen(this.whole);
  }

  /** Seats of sections that are not sold now are none to choose. */
  private shut(info: SaleInfo | null, layout: Layout | null, seats: SeatStates | null): void {
    if (!info?.phases?.length || !layout || !seats) return;
    seats.shut(new Set(layout.sections.flatMap(({ id }, nth) => (info.prices[id] ? [] : [nth]))));
    this.tellSeats();
  }

  /** Seats that are withheld from others, and that one's own cart may have. */
  private open(cart: Cart | null, seats: SeatStates | null): void {
    const runs = cart?.state === "ended" ? [] : (cart?.unlocked?.seats ?? []);
    seats?.open(
      new Set(runs.flatMap(([first, count]) => Array.from({ length: count }, (_, nth) => first + nth))),
    );
    if (runs.length > 0) this.tellSeats();
  }

  /** What is told to this buyer alone, watched or not. */
  private told(event: WireEvent): void {
    if (event.on === "cart") {
      this.cartReason.value = event.reason;
      this.learn(event.cart);
    } else if (event.on === "order") this.order.value = event.order;
  }

  private learn(cart: Cart | null): void {
    this.learned += 1;
    this.cart.value = cart;
  }

  private keep(cart: Cart): void {
    this.hears = true;
    this.learn(cart);
    tabs?.postMessage({ sale: this.id, cart });
  }

  // ── what the buyer does ──

  async join(): Promise<JoinAnswer> {
    const kept = local.read(`place.${this.id}`);
    const answer = await this.entry.ask("join", kept ? { place: kept } : {});
    local.write(`place.${this.id}`, answer.token);
    this.joined.value = answer;
    return answer;
  }

  get hasPlace(): boolean {
    return local.read(`place.${this.id}`) !== null;
  }

  forgetPlace(): void {
    local.write(`place.${this.id}`, null);
    this.joined.value = null;
  }

  async leave(): Promise<void> {
    await live.ask("leave", { sale: this.id });
    noteNoCart(this.id);
    this.forgetPlace();
    this.learn(null);
  }

  async enter(): Promise<Cart> {
    const kept = local.read(`place.${this.id}`);
    const cart = await this.entry.ask("enter", kept ? { place: kept } : {});
    this.keep(cart);
    return cart;
  }

  /** What is said of the cart while this is asked is newer than the answer: a server answers in any order. */
  async readCart(): Promise<Cart> {
    const { learned } = this;
    this.hears = true;
    try {
      const cart = await live.ask("cart", { sale: this.id });
      if (learned === this.learned) this.learn(cart);
      return this.cart.value ?? cart;
    } catch (error) {
      if (learned === this.learned) {
        this.hears = false;
        if (GONE.has(codeOf(error))) noteNoCart(this.id);
      }
      throw error;
    }
  }

  /** Ask about the cart, unless this connection is told of it already; a few times, while no answer comes. */
  hearOfCart(tries = HEAR_TRIES_MAX): void {
    clearTimeout(this.hearing);
    if (this.hears) return;
    this.readCart().catch((error: unknown) => {
      if (GONE.has(codeOf(error)) || tries === 1) return;
      this.hearing = setTimeout(() => this.hearOfCart(tries - 1), HEAR_AGAIN_MS);
    });
  }

  async hold(what: HoldWhat): Promise<HoldAnswer> {
    const ask = () => live.ask("hold", { sale: this.id, hold: newId(), ...what });
    const answer = await ask().catch(async (error: unknown) => {
      // Where entering costs something, no hold opens a cart by itself.
      if (this.info.value?.room !== false || this.info.value.entry === "open" || !NO_CART.has(codeOf(error)))
        throw error;
      await this.enter();
      return await ask();
    });
    if (answer.cart) this.keep(answer.cart);
    return answer;
  }

  async release(what: { seats?: number[]; units?: Record<string, number> }): Promise<ReleaseAnswer> {
    const answer = await live.ask("release", { sale: this.id, release: newId(), ...what });
    if (answer.cart) this.keep(answer.cart);
    return answer;
  }

  async change(change: CartChange): Promise<Cart> {
    const cart = await live.ask("change", { sale: this.id, ...change });
    this.keep(cart);
    return cart;
  }

  /** Have what a code shows; without a cart, one is begun. */
  async unlock(code: string): Promise<Cart> {
    if (!this.cart.value || this.cart.value.state === "ended") await this.enter();
    const cart = await this.change({ code });
    this.codes.add(code);
    return cart;
  }

  /** A new cart is shown nothing before; a code that shows nothing any more is forgotten. */
  private bringCodes(cart: Cart | null): void {
    if (cart?.state !== "open" || cart.id === this.broughtTo) return;
    this.broughtTo = cart.id;
    for (const code of this.codes) void this.change({ code }).catch(() => this.codes.delete(code));
  }

  /**
   * `order` is the buyer's own id for this purchase: asking again with it never buys twice. Nothing is bought should the cart
   * cost anything else than this page shows.
   */
  async checkout(order: string, means: Means | null, terms: number | null): Promise<CheckoutAnswer> {
    const said = { sale: this.id, order, locale: language.value };
    const cart = this.cart.value;
    // A server of the release before tells no list, and takes no total.
    const total = cart?.state === "open" && cart.list !== undefined ? { total: cart.total } : {};
    const due = cart?.state === "open" && cart.due !== undefined ? { due: cart.due } : {};
    const fields = { ...said, ...total, ...due, ...(means ?? {}), ...(terms === null ? {} : { terms }) };
    const answer = await live.ask("checkout", fields, CHECKOUT_MS);
    batch(() => {
      this.keep(answer.cart);
      this.order.value = answer.order;
    });
    return answer;
  }
}

export const sessionOf = kept((id) => new SaleSession(id));

export const saleSession = (id: string): SaleSession => sessionOf({ id });
