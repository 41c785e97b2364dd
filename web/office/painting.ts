/**
 * A sale as it is painted: strokes over its newest price list, until they are saved as the next one. Pure.
 * Guarantees: no seat is in two zones; a zone without seats is none. What somebody else saved meanwhile is painted over anew.
 */

import type { Layout } from "../shared/map/layout";
import type { PriceListShape, PricesInput, ZoneShape } from "../shared/wire/contract";
import { type Prices, writtenAmount } from "./price-table";

export type Amounts = Readonly<Record<string, number>>;

export type Stroke =
  | { does: "zone"; id: string; name: string; seats: readonly number[]; prices: Amounts }
  /** what is in no zone costs what its section does */
  | { does: "plain"; seats: readonly number[] }
  /** a ticket type that is new, with what it costs in each place that sells it */
  | { does: "type"; id: string; name: string; prices: Amounts };

export interface Zone {
  id: string;
  name: string;
  seats: ReadonlySet<number>;
}

export interface Painted {
  prices: Prices;
  zones: readonly Zone[];
  types: Readonly<Record<string, string>>;
}

/** No id of the server's begins like this: whatever is new gets its own there. */
export const NEW = "+";

export function asListed(list: PriceListShape, types: Readonly<Record<string, string>>): Painted {
  const zones = list.zones.map(({ id, name, runs }) => ({ id, name, seats: new Set(runs.flatMap(run)) }));
  return { prices: list.prices, zones, types };
}

function run([first, seats]: readonly [number, number]): number[] {
  return Array.from({ length: seats }, (_, n) => first + n);
}

export function strokesOver(listed: Painted, strokes: readonly Stroke[]): Painted {
  return strokes.reduce(painted, listed);
}

function painted(before: Painted, stroke: Stroke): Painted {
  if (stroke.does === "type") {
    const places = Object.entries(before.prices).map(([place, its]) => {
      const amount = stroke.prices[place];
      return [place, amount === undefined ? its : { ...its, [stroke.id]: amount }] as const;
    });
    return {
      ...before,
      prices: Object.fromEntries(places),
      types: { ...before.types, [stroke.id]: stroke.name },
    };
  }
  const seats = new Set(stroke.seats);
  const own = stroke.does === "zone" ? stroke.id : null;
  const others = before.zones.map((zone) =>
    zone.id === own ? zone : { ...zone, seats: without(zone.seats, seats) },
  );
  const prices = { ...before.prices };
  if (stroke.does === "zone") {
    const at = others.findIndex(({ id }) => id === own);
    const its = others[at]?.seats ?? new Set<number>();
    const zone = { id: stroke.id, name: stroke.name, seats: new Set([...its, ...seats]) };
    others.splice(at < 0 ? others.length : at, 1, zone);
    prices[stroke.id] = stroke.prices;
  }
  const zones = others.filter((zone) => zone.seats.size > 0);
  for (const { id } of others) if (!zones.some((zone) => zone.id === id)) delete prices[id];
  return { ...before, prices, zones };
}

/** The zones as the map takes them. */
export function zonesOnMap(zones: readonly Zone[]): ZoneShape[] {
  return zones.map(({ id, name, seats }) => ({ id, name, runs: runsOf(seats) }));
}

export function runsOf(seats: Iterable<number>): [number, number][] {
  const runs: [number, number][] = [];
  for (const seat of [...seats].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && seat === last[0] + last[1]) last[1] += 1;
    else runs.push([seat, 1]);
  }
  return runs;
}

/** The seats as the server reads them: by section a row whole ("A"), a run of it ("A 1-4"), or a seat ("A 7"). */
export function called(layout: Layout, seats: Iterable<number>): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  const chosen = new Set(seats);
  for (const section of layout.sections) {
    const rows = new Map<string, number[]>();
    for (const { label, first_seat, seats } of section.rows)
      rows.set(label, [...(rows.get(label) ?? []), ...run([first_seat, seats])]);
    const words = [...rows].flatMap(([label, all]) => calledInRow(layout, label, all, chosen));
    if (words.length > 0) found[section.id] = words;
  }
  return found;
}

/** A run names whatever has a number between its ends, so it goes by numbers, not by where seats are. */
function calledInRow(
  layout: Layout,
  row: string,
  all: readonly number[],
  chosen: ReadonlySet<number>,
): string[] {
  const own = all.filter((seat) => chosen.has(seat));
  if (own.length === all.length) return [row];
  if (own.length === 0) return [];
  const labels = all
    .map((seat) => ({ seat, label: layout.nameOf(seat).label }))
    .sort((a, b) => Number(a.label) - Number(b.label));
  const words: string[] = [];
  let first = "";
  let last = "";
  const end = () => {
    if (first) words.push(first === last ? `${row} ${first}` : `${row} ${first}-${last}`);
    first = last = "";
  };
  for (const { seat, label } of labels) {
    if (!chosen.has(seat)) end();
    else if (!/^\d+$/.test(label)) words.push(`${row} ${label}`);
    else [first, last] = [first || label, label];
  }
  end();
  return words;
}

/** All prices anew, as the next list: of what is new the names, of which the server makes ids. */
export function bodyOf(
  { prices, zones, types }: Painted,
  layout: Layout,
  digits: number,
  list: number,
): PricesInput {
  const named = (id: string) => (id.startsWith(NEW) ? (types[id] ?? id) : id);
  const written = (its: Amounts) =>
    Object.fromEntries(
      Object.entries(its).map(([type, amount]) => [named(type), writtenAmount(amount, digits, "en")]),
    );
  const painted = new Set(zones.map(({ id }) => id));
  const places = Object.entries(prices).filter(([place]) => !painted.has(place));
  return {
    prices: Object.fromEntries(places.map(([place, its]) => [place, written(its)])),
    zones: Object.fromEntries(
      zones.map(({ id, name, seats }) => [
        id.startsWith(NEW) ? name : id,
        { name, seats: called(layout, seats), price: written(prices[id] ?? {}) },
      ]),
    ),
    ticket_types: Object.fromEntries(
      Object.entries(types).flatMap(([id, name]) => (id.startsWith(NEW) ? [[name, name]] : [])),
    ),
    list,
  };
}

export type Wide = "seat" | "row" | "section";

/** What a press on a seat means: itself, its row, or its section. */
export function meant(layout: Layout, seat: number, wide: Wide): number[] {
  if (wide === "seat") return [seat];
  const { section, row } = layout.nameOf(seat);
  if (wide === "section") return run([section.first_seat, section.seats]);
  const rows = section.rows.filter(({ label }) => label === row.label);
  return rows.flatMap(({ first_seat, seats }) => run([first_seat, seats]));
}

/** Chosen as well; let go where all of them were chosen. */
export function toggled(chosen: ReadonlySet<number>, seats: readonly number[]): ReadonlySet<number> {
  const all = seats.every((seat) => chosen.has(seat));
  return all ? without(chosen, new Set(seats)) : new Set([...chosen, ...seats]);
}

function without(seats: ReadonlySet<number>, these: ReadonlySet<number>): ReadonlySet<number> {
  return new Set([...seats].filter((seat) => !these.has(seat)));
}
