/**
 * One sale as everybody may see it: what it is, and what is free right now.
 * Owns: the signals pages draw from, and the watch that fills them.
 * Guarantees: signals only hold what the server said; a snapshot and the deltas after it are never mixed up.
 */

import { batch, effect, signal } from "@preact/signals";
import { Loading } from "../app/loading";
import { live } from "../app/services";
import { changed, type Members, type Watch } from "../live/watch";
import type { Layout } from "../map/layout";
import { SeatStates } from "../map/states";
import { packedBytes } from "../wire/codec";
import type { SeatsEvent } from "../wire/contract";
import type {
  Counters,
  RoomState,
  SaleState,
  SeatsMember,
  Takings,
  Topic,
  WireEvent,
} from "../wire/messages";
import { askSale, readLayout, type SaleInfo, saleInfo } from "./sales";

const SEATS_TOLD_MS = 100;
/** All who look ask at once when the event changes: the more they are, the longer each waits, at random. */
const PER_VIEWER_MS = 2;
const ASKED_AGAIN_MS_MIN = 300;
const ASKED_AGAIN_MS_MAX = 30_000;
/** Those who watch ask for new prices one after the other. */
const PRICES_SPREAD_MS = 2_000;

export class FollowedSale {
  /** loaded by the pages that show the sale */
  readonly read: Loading<SaleInfo>;
  readonly info: Loading<SaleInfo>["value"];
  readonly state = signal<SaleState | null>(null);
  readonly room = signal<RoomState | null>(null);
  readonly pools = signal<Record<string, number>>({});
  readonly counters = signal<Counters | null>(null);
  /** only where they are followed: with a key of the sale's organizer */
  readonly takings = signal<Takings | null>(null);
  readonly layout = signal<Layout | null>(null);
  readonly seats = signal<SeatStates | null>(null);
  /** counts up when seats changed, ten times a second at most, for what is not drawn by the map itself */
  readonly seatsChanged = signal(0);

  /** the number of the price list that one's own cart keeps; null without one */
  readonly ownList = signal<number | null>(null);

  private listAsked: number | null = null;
  private listTimer: ReturnType<typeof setTimeout> | undefined;
  private watch: Watch | null = null;
  private revision: number | null = null;
  private seatsMember: SeatsMember | null = null;
  private early: SeatsEvent[] = [];
  private telling = false;
  private loadingLayout: Promise<Layout> | null = null;

  constructor(
    readonly id: string,
    asks: typeof askSale = askSale,
  ) {
    this.read = new Loading(async () => {
      const info = this.seen(saleInfo(await asks(id, this.info.peek() !== null, this.listShown())));
      this.state.value ??= info.state;
      return info;
    });
    this.info = this.read.value;
    effect(() => this.priced(this.info.value, this.room.value, this.ownList.value));
  }

  /** What the server said, as this page shows it. */
  protected seen(info: SaleInfo): SaleInfo {
    return info;
  }

  /** Whose prices are to be shown, as far as this page knows: those of one's own cart, else of the newest list that began. */
  private listShown(): number | null {
    const own = this.ownList.peek();
    const room = this.room.peek();
    if (own !== null) return own;
    return room?.list && room.list_from_ms <= live.clock.now_ms() ? room.list : null;
  }

  /** Other prices count than those that are shown, or will: they are read then. */
  private priced(info: SaleInfo | null, room: RoomState | null, own: number | null): void {
    clearTimeout(this.listTimer);
    const list = this.listShown();
    if (!info || info.list === (list ?? room?.list)) return;
    if (list !== null && list !== this.listAsked) {
      this.listAsked = list;
      void this.read.again();
    } else if (own === null && room?.list && room.list > info.list) {
      const ahead_ms = Math.max(0, room.list_from_ms - live.clock.now_ms());
      const again = () => this.priced(this.info.peek(), this.room.peek(), this.ownList.peek());
      this.listTimer = setTimeout(again, ahead_ms + PRICES_SPREAD_MS * Math.random());
    }
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

  private snapshot(members: Members): void {
    batch(() => {
      this.state.value = members.state;
      if (members.room) this.room.value = members.room;
      if (members.room) this.hearOf(members.room.revision ?? 0, this.revision ?? members.room.revision ?? 0);
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
          this.state.value = event.state;
          break;
        case "room":
          this.room.value = { ...this.room.value, ...changed(event) } as RoomState;
          this.hearOf(event.revision ?? 0, this.revision ?? 0);
          if (event.state) this.state.value = event.state;
          break;
        case "pools":
          this.pools.value = { ...this.pools.value, ...event.pools };
          break;
        case "counters":
          this.counters.value = { ...this.counters.value, ...changed(event) } as Counters;
          break;
        case "takings":
          this.takings.value = changed(event);
          break;
        case "seats":
          if (!this.seats.value) this.early.push(event);
          else if (this.seats.value.apply(event).length > 0) this.tellSeats();
          break;
      }
    });
  }

  /** The event has changed when its revision grows: what is shown of it is read anew. */
  private hearOf(revision: number, before: number): void {
    this.revision = Math.max(before, revision);
    if (revision <= before) return;
    const viewers = this.counters.peek()?.viewers ?? 0;
    const within_ms = Math.min(ASKED_AGAIN_MS_MAX, Math.max(ASKED_AGAIN_MS_MIN, viewers * PER_VIEWER_MS));
    setTimeout(() => void this.read.again(), Math.random() * within_ms);
  }

  protected tellSeats(): void {
    if (this.telling) return;
    this.telling = true;
    setTimeout(() => {
      this.telling = false;
      this.seatsChanged.value += 1;
    }, SEATS_TOLD_MS);
  }
}

/** One of a kind per sale for the life of the tab, by the part of an address that names it. */
export function kept<S>(make: (id: string) => S): (params: { id: string }) => S {
  const known = new Map<string, S>();
  return ({ id }) => {
    const found = known.get(id) ?? make(id);
    known.set(id, found);
    return found;
  };
}
