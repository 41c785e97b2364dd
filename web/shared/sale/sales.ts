/**
 * What pages know of sales, read over HTTP.
 * Owns: the one place where the API's shapes become the pages' own.
 */

import { read } from "../app/http";
import { Layout, type LayoutShape } from "../map/layout";
import type { SaleState } from "../wire/messages";

export interface Times {
  lobby_at: string | null;
  opens_at: string;
  closes_at: string;
}

export interface SaleCard extends Times {
  id: string;
  name: string;
  kind: string;
  zone: string;
  starts_at: string;
  venue: string;
  address: string;
  distance_m: number | null;
  currency: string;
  price_from: number | null;
  stock: number;
  state: SaleState;
  left: number | null;
}

export interface Pool {
  id: string;
  name: string;
  capacity: number;
  draws_on: string[];
}

export interface Section {
  id: string;
  name: string;
}

export interface SaleInfo extends Times {
  id: string;
  name: string;
  description: string;
  kind: string;
  zone: string;
  starts_at: string;
  ends_at: string | null;
  picture: string;
  venue: string;
  address: string;
  currency: string;
  seats: number;
  sections: Section[];
  pools: Pool[];
  types: Record<string, string>;
  /** section or pool → ticket type → minor units */
  prices: Record<string, Record<string, number>>;
  person_max: number;
  cart_ms: number;
  room: boolean;
  shoppers_max: number;
  per_second_max: number;
  state: SaleState;
  promo: boolean;
  /** what a place costs: "open" for nothing */
  entry: string;
}

type Loose = Record<string, unknown>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number | null => (typeof value === "number" ? value : null);
const record = (value: unknown): Loose => (value && typeof value === "object" ? (value as Loose) : {});

function times(from: Loose): Times {
  const inner = { ...record(from.times), ...from };
  return {
    lobby_at: text(inner.lobby_at) || null,
    opens_at: text(inner.opens_at),
    closes_at: text(inner.closes_at),
  };
}

/** Where the sale stands by its times alone; the live state, once known, is the one that counts. */
export function stateByTimes(at: Times, now_ms: number): SaleState {
  if (now_ms >= Date.parse(at.closes_at)) return "ended";
  if (now_ms >= Date.parse(at.opens_at)) return "open";
  return at.lobby_at && now_ms >= Date.parse(at.lobby_at) ? "lobby" : "scheduled";
}

function stateOf(from: Loose): SaleState {
  return (text(from.state) as SaleState) || stateByTimes(times(from), Date.now());
}

export function saleCard(from: Loose): SaleCard {
  const event = record(from.event);
  const venue = record(from.venue);
  return {
    ...times(from),
    id: text(from.id),
    name: text(from.name) || text(event.name),
    kind: text(from.kind) || text(event.kind),
    zone: text(from.zone) || text(event.zone) || "UTC",
    starts_at: text(from.starts_at) || text(event.starts_at),
    venue: text(from.venue_name) || text(venue.name),
    address: text(from.address) || text(venue.address),
    distance_m: number(from.distance_m),
    currency: text(from.currency),
    price_from: number(from.price_from),
    stock: number(from.stock) ?? 0,
    state: stateOf(from),
    left: number(from.left),
  };
}

export function saleInfo(from: Loose): SaleInfo {
  const event = record(from.event);
  const venue = record(from.venue);
  const room = from.room === null || from.room === undefined ? null : record(from.room);
  const sections = (Array.isArray(from.sections) ? from.sections : []).map(record);
  const pools = (Array.isArray(from.pools) ? from.pools : []).map(record);
  return {
    ...times(from),
    id: text(from.id),
    // the sale of a promo has no event: it is named after what it sells
    name: text(event.name) || text(pools[0]?.name),
    description: text(event.description) || text(from.description),
    kind: text(event.kind),
    zone: text(event.zone) || text(venue.zone) || "UTC",
    starts_at: text(event.starts_at) || times(from).opens_at,
    ends_at: text(event.ends_at) || null,
    picture: text(event.picture),
    venue: text(venue.name),
    address: text(venue.address),
    currency: text(from.currency),
    seats: number(from.seats) ?? 0,
    sections: sections.map((section) => ({ id: text(section.id), name: text(section.name) })),
    pools: pools.map((pool) => ({
      id: text(pool.id),
      name: text(pool.name) || text(pool.id),
      capacity: number(pool.capacity) ?? 0,
      draws_on: Array.isArray(pool.draws_on) ? pool.draws_on.map(String) : [],
    })),
    types: typeNames(from),
    prices: record(from.prices) as Record<string, Record<string, number>>,
    person_max: number(from.person_max) ?? 6,
    cart_ms: number(from.cart_ms) ?? 1_800_000,
    room: room !== null,
    shoppers_max: number(room?.shoppers_max) ?? 0,
    per_second_max: number(room?.per_second_max) ?? 0,
    state: stateOf(from),
    promo: from.event === null,
    entry: text(from.entry) || "open",
  };
}

function typeNames(from: Loose): Record<string, string> {
  const types = from.types ?? from.ticket_types;
  if (!Array.isArray(types)) return record(types) as Record<string, string>;
  return Object.fromEntries(types.map(record).map((type) => [text(type.id), text(type.name)]));
}

export async function listSales(query = ""): Promise<SaleCard[]> {
  const page = await read<{ items: Loose[] }>(`/api/sales${query}`);
  return page.items.map(saleCard);
}

export async function readSale(id: string): Promise<SaleInfo> {
  return saleInfo(await read<Loose>(`/api/sales/${encodeURIComponent(id)}`));
}

export async function readLayout(id: string): Promise<Layout> {
  const shape = await read<LayoutShape>(`/api/sales/${encodeURIComponent(id)}/layout`);
  return new Layout(shape);
}

/** What there is to sell, seats and units; a pool that draws on another adds nothing of its own. */
export function stockOf(info: SaleInfo): number {
  const own = info.pools.filter((pool) => pool.draws_on.length === 0);
  return info.seats + own.reduce((sum, pool) => sum + pool.capacity, 0);
}
