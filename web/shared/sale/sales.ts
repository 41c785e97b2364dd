/** What pages know of sales, read over HTTP. */

import { read } from "../app/http";
import { Layout } from "../map/layout";
import type { OrganizerShape, PictureSize, SaleCardShape, SaleShape, SeriesName } from "../wire/contract";
import type { StatusWord } from "../wire/messages";

export type SaleCard = SaleCardShape;
export type Times = Pick<SaleShape, "lobby_at" | "opens_at" | "closes_at">;

/** A sale as pages speak of it, whatever it sells. */
export interface SaleInfo extends Omit<SaleShape, "event" | "venue" | "room" | "organizer"> {
  name: string;
  description: string;
  zone: string;
  starts_at: string;
  /** absent where a server of the release before answered */
  status: StatusWord | undefined;
  moved_from: string | null;
  series: SeriesName | null;
  event_id: string | null;
  venue: string;
  address: string;
  room: boolean;
  shoppers_max: number;
  per_second_max: number;
  claim_ms: number;
  promo: boolean;
  /** null where a server of the release before answered, which does not say who sells */
  organizer: OrganizerShape | null;
  pictures: readonly PictureSize[];
  performers: readonly string[];
}

export function saleInfo({ event, venue, room, organizer, ...sale }: SaleShape): SaleInfo {
  return {
    ...sale,
    // the sale of a promo has no event: it is named after what it sells
    name: event?.name ?? sale.pools[0]?.name ?? "",
    description: event?.description ?? "",
    zone: event?.zone ?? venue?.zone ?? "UTC",
    starts_at: event?.starts_at ?? sale.opens_at,
    status: event?.status,
    moved_from: event?.moved_from ?? null,
    series: event?.series ?? null,
    event_id: event?.id ?? null,
    venue: venue?.name ?? "",
    address: venue?.address ?? "",
    room: room !== null,
    shoppers_max: room?.shoppers_max ?? 0,
    per_second_max: room?.per_second_max ?? 0,
    claim_ms: room?.claim_ms ?? 0,
    promo: event === null,
    organizer: organizer ?? null,
    pictures: event?.pictures ?? [],
    performers: event?.performers ?? [],
  };
}

/** Public sales; nearest first, when it is said where from. */
export async function listSales(near: string | null): Promise<SaleCard[]> {
  return (await read("GET /api/sales", near ? { query: { near } } : {})).items;
}

/** As everybody may see it, with the prices of now, or those of a list. */
export function askSale(sale: string, anew: boolean, list: number | null): Promise<SaleShape> {
  const query = list === null ? {} : { query: { list: String(list) } };
  return read("GET /api/sales/{sale}", { parts: { sale }, anew, ...query });
}

export async function readLayout(sale: string): Promise<Layout> {
  return new Layout(await read("GET /api/sales/{sale}/layout", { parts: { sale } }));
}
