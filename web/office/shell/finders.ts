/** What the search asks the server for: one finder for each kind of thing. A new kind of page adds its own here. */

import { moment } from "../../shared/format/time";
import { reader } from "../../shared/ui/moments";
import { ask, asking, organizerSales } from "../api";
import { key } from "../who";
import { t } from "../words";
import { holdsAny, type Permissions } from "./places";
import type { Hit } from "./ranking";

export interface Finder {
  may(permissions: Permissions): boolean;
  find(words: string): Promise<Hit[]>;
}

interface Listed {
  items: { id?: string; account?: string; name?: string; email?: string; label?: string }[];
}

const listed = async (route: string) => ((await asking(route)).body as Listed).items;

export const FINDERS: readonly Finder[] = [
  {
    may: (permissions) => holdsAny(permissions, ["sale:read"]),
    find: async (words) =>
      (await organizerSales(words, null)).items.map((sale) => ({
        id: sale.id,
        kind: t("off_kind_sale"),
        name: sale.name || sale.id,
        more: moment(sale.starts_at || sale.opens_at, sale.zone, reader.peek()),
        path: `/office/sales/${encodeURIComponent(sale.id)}`,
      })),
  },
  {
    may: (permissions) => holdsAny(permissions, ["order:read"]),
    find: async (words) => {
      const { items, events } = await ask("POST /api/organizer/orders/find", { body: { words, limit: 10 } });
      return items.map(({ id, sale, code, contact }) => ({
        id: code,
        kind: t("off_kind_order"),
        name: code,
        more: [contact.name || contact.email, events[sale]].filter(Boolean).join(" · "),
        path: `/office/orders/${encodeURIComponent(sale)}/${encodeURIComponent(id)}`,
        fits: true,
      }));
    },
  },
  {
    may: (permissions) => key.peek() === null && holdsAny(permissions, ["member:read"]),
    find: async () =>
      (await listed("GET /api/security/members")).map((member) => ({
        id: member.account ?? "",
        kind: t("off_kind_member"),
        name: member.name || member.email || "",
        more: member.email ?? "",
        path: "/office/settings/team",
      })),
  },
  {
    may: (permissions) => key.peek() === null && holdsAny(permissions, ["key:manage"]),
    find: async () =>
      (await listed("GET /api/security/keys")).map((made) => ({
        id: made.id ?? "",
        kind: t("off_kind_key"),
        name: made.label || made.id || "",
        path: "/office/settings/keys",
      })),
  },
];
