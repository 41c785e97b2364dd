/**
 * One sale as this buyer lives it: what it is, what is free, their place, their cart.
 * Owns: the signals pages draw from, and the asks that change them. Kept per sale for the life of the tab.
 * Guarantees: signals only hold what the server said; asks carry ids of their own, so that a repeat changes nothing.
 */

import { batch, computed, signal } from "@preact/signals";
import { readLayout, readSale, type SaleInfo } from "../api/sales";
import { live } from "../app/services";
import { local, newId } from "../app/storage";
import { codeOf } from "../live/errors";
import type { Watch } from "../live/watch";
import type { Layout } from "../map/layout";
import { SeatStates } from "../map/states";
import { packedBytes } from "../wire/codec";
import type {
  Cart,
  CheckoutAnswer,
  Counters,
  HoldAnswer,
  JoinAnswer,
  Order,
  ReleaseAnswer,
  RoomState,
  SaleState,
  SeatsMember,
  Takings,
  Topic,
  WatchAnswer,
  WireEvent,
} from "../wire/messages";
import { Entry } from "./entry";
import { placeFromDraw } from "./place";

export type HoldWhat =
  | { seats: number[] }
  | { best: { seats: number; section?: string } }
  | { pool: { pool: string; units: number } };

export interface CartChange {
  contact?: { name: string; email: string; phone?: string };
  key?: string;
  types?: Record<string, string | Record<string, number>>;
  coupon?: string;
}

export interface CardDetails {
  number: string;
  expires: string;
  cvc: string;
}

const CHECKOUT_MS = 75_000;
const SEATS_TOLD_MS = 100;
const NO_CART = new Set(["no_cart", "cart_ended"]);

/** The tabs of one browser are one buyer: what one of them does to the cart, the others show. */
const tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("aforo.carts");

export class SaleSession {
  readonly info = signal<SaleInfo | null>(null);
  readonly failure = signal<unknown>(null);
  readonly state = signal<SaleState | null>(null);
  readonly room = signal<RoomState | null>(null);
  readonly pools = signal<Record<string, number>>({});
  readonly counters = signal<Counters | null>(null);
  /** only where they are followed: with a key of the sale's organizer */
  readonly takings = signal<Takings | null>(null);
  readonly joined = signal<JoinAnswer | null>(null);
  readonly cart = signal<Cart | null>(null);
  /** the last order that ended while this tab was open */
  readonly order = signal<Order | null>(null);
  /** why the cart ended or changed by itself */
  readonly cartReason = signal<string | null>(null);
  readonly layout = signal<Layout | null>(null);
  readonly seats = signal<SeatStates | null>(null);
  /** counts up when seats changed, ten times a second at most, for what is not drawn by the map itself */
  readonly seatsChanged = signal(0);

  readonly entry: Entry;

  readonly place = computed(() => placeFromDraw(this.joined.value, this.room.value));
  readonly held = computed(() => {
    const cart = this.cart.value;
    return cart && cart.state !== "ended" ? cart.items : [];
  });
  readonly heldCount = computed(() => this.held.value.reduce((sum, item) => sum + (item.units ?? 1), 0));

  private watch: Watch | null = null;
  private seatsMember: SeatsMember | null = null;
  private early: WireEvent[] = [];
  private telling = false;
  private loading: Promise<void> | null = null;
  private loadingLayout: Promise<Layout> | null = null;

  constructor(readonly id: string) {
    this.entry = new Entry(id);
    live.listen((event) => {
      if (event.sale === id) this.told(event);
    });
    tabs?.addEventListener("message", ({ data }: MessageEvent<{ sale: string; cart: Cart }>) => {
      if (data.sale === id) this.cart.value = data.cart;
    });
  }

  load(): Promise<void> {
    this.loading ??= readSale(this.id)
      .then((info) => {
        this.info.value = info;
        this.state.value ??= info.state;
        this.failure.value = null;
      })
      .catch((error: unknown) => {
        this.loading = null;
        this.failure.value = error;
      });
    return this.loading;
  }

  follow(topics: readonly Topic[]): void {
    if (this.watch) this.watch.also(topics);
    else {
      this.watch = live.watch(this.id, topics, {
        snapshot: (members) => this.snapshot(members),
        event: (event) => this.event(event),
      });
    }
    if (topics.includes("seats")) void this.loadLayout().catch(() => undefined);
  }

  unfollow(): void {
    this.watch?.stop();
    this.watch = null;
  }

  loadLayout(): Promise<Layout> {
    this.loadingLayout ??= readLayout(this.id).then(
      (layout) => {
        batch(() => {
          this.layout.value = layout;
          this.seats.value = new SeatStates(layout.seats, layout.sectionOf, layout.sections.length);
          if (this.seatsMember) this.seats.value.replace(packedBytes(this.seatsMember.bits));
          for (const event of this.early) this.seats.value.apply(event);
          this.early = [];
          this.tellSeats();
        });
        return layout;
      },
      (error: unknown) => {
        this.loadingLayout = null;
        throw error;
      },
    );
    return this.loadingLayout;
  }

  // ── what the server tells ──

  private snapshot(members: WatchAnswer): void {
    batch(() => {
      if (members.state) this.state.value = members.state;
      if (members.room) this.room.value = members.room;
      if (members.pools) this.pools.value = members.pools;
      if (members.counters) this.counters.value = members.counters;
      if (members.takings) this.takings.value = members.takings;
      if (members.seats) {
        this.seatsMember = members.seats;
        this.early = [];
        this.seats.value?.replace(packedBytes(members.seats.bits));
        this.tellSeats();
      }
    });
  }

  private event(event: WireEvent): void {
    batch(() => {
      switch (event.on) {
        case "state":
          if (event.state) this.state.value = event.state;
          break;
        case "room":
          this.room.value = { ...this.room.value, ...roomMembers(event) } as RoomState;
          if (event.state) this.state.value = event.state;
          break;
        case "pools":
          this.pools.value = { ...this.pools.value, ...event.pools };
          break;
        case "counters":
          this.counters.value = { ...this.counters.value, ...counterMembers(event) } as Counters;
          break;
        case "takings":
          this.takings.value = { ...this.takings.value, ...takingsMembers(event) } as Takings;
          break;
        case "seats":
          if (!this.seats.value) this.early.push(event);
          else if (this.seats.value.apply(event).length > 0) this.tellSeats();
          break;
      }
    });
  }

  private tellSeats(): void {
    if (this.telling) return;
    this.telling = true;
    setTimeout(() => {
      this.telling = false;
      this.seatsChanged.value += 1;
    }, SEATS_TOLD_MS);
  }

  /** What is told to this buyer alone, watched or not. */
  private told(event: WireEvent): void {
    if (event.on === "cart") {
      this.cartReason.value = event.reason ?? null;
      if (event.cart) this.cart.value = event.cart;
      else void this.readCart();
    } else if (event.on === "order" && event.order) this.order.value = event.order;
  }

  private keep(cart: Cart): void {
    this.cart.value = cart;
    tabs?.postMessage({ sale: this.id, cart });
  }

  // ── what the buyer does ──

  async join(): Promise<JoinAnswer> {
    const kept = local.read(`place.${this.id}`);
    const answer = await this.entry.ask<JoinAnswer>("join", kept ? { place: kept } : {});
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
    this.forgetPlace();
    this.cart.value = null;
  }

  async enter(): Promise<Cart> {
    const kept = local.read(`place.${this.id}`);
    const cart = await this.entry.ask<Cart>("enter", kept ? { place: kept } : {});
    this.keep(cart);
    return cart;
  }

  async readCart(): Promise<Cart> {
    const cart = await live.ask<Cart>("cart", { sale: this.id });
    this.cart.value = cart;
    return cart;
  }

  async hold(what: HoldWhat): Promise<HoldAnswer> {
    const ask = () => live.ask<HoldAnswer>("hold", { sale: this.id, hold: newId(), ...what });
    const answer = await ask().catch(async (error: unknown) => {
      // Where entering costs something, no hold opens a cart by itself.
      if (this.info.value?.room !== false || this.info.value.entry === "open" || !NO_CART.has(codeOf(error)))
        throw error;
      await this.enter();
      return await ask();
    });
    this.keep(answer.cart);
    return answer;
  }

  async release(what: { seats?: number[]; units?: Record<string, number> }): Promise<ReleaseAnswer> {
    const answer = await live.ask<ReleaseAnswer>("release", { sale: this.id, release: newId(), ...what });
    this.keep(answer.cart);
    return answer;
  }

  async change(change: CartChange): Promise<Cart> {
    const cart = await live.ask<Cart>("change", { sale: this.id, ...change });
    this.keep(cart);
    return cart;
  }

  /** `order` is the buyer's own id for this purchase: asking again with it never buys twice. */
  async checkout(order: string, card: CardDetails | null): Promise<CheckoutAnswer> {
    const fields = { sale: this.id, order, ...(card ? { card } : {}) };
    const answer = await live.ask<CheckoutAnswer>("checkout", fields, CHECKOUT_MS);
    batch(() => {
      if (answer.cart) this.keep(answer.cart);
      if (answer.order) this.order.value = answer.order;
    });
    return answer;
  }
}

const NOT_MEMBERS = new Set(["on", "sale", "epoch", "seq", "now_ms"]);

function members(event: WireEvent, name: "room" | "counters" | "takings"): Record<string, unknown> {
  const nested = event[name];
  if (nested && typeof nested === "object") return { ...nested };
  return Object.fromEntries(Object.entries(event).filter(([key]) => !NOT_MEMBERS.has(key)));
}

const roomMembers = (event: WireEvent) => members(event, "room") as Partial<RoomState>;
const counterMembers = (event: WireEvent) => members(event, "counters") as Partial<Counters>;
const takingsMembers = (event: WireEvent) => members(event, "takings") as Partial<Takings>;

const sessions = new Map<string, SaleSession>();

export function saleSession(id: string): SaleSession {
  let found = sessions.get(id);
  if (!found) {
    found = new SaleSession(id);
    sessions.set(id, found);
  }
  return found;
}
