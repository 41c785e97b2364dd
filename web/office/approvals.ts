/** Acts that wait for a second person: read with names for what they are about, and who asks. */

import type { ApprovalShape } from "../shared/wire/contract";
import { ask } from "./api";
import { holdsAny } from "./shell/places";
import { key, permissions } from "./who";
import { t } from "./words";

export interface Approval extends ApprovalShape {
  /** what would be done, in words */
  words: string;
  /** who asks, in words; empty where one may not know */
  asker: string;
}

/** What one may not see is as empty as what is not there. */
const quietly = <T>(read: Promise<T>, otherwise: T): Promise<T> => read.catch(() => otherwise);

async function saleNames(all: readonly ApprovalShape[]): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(all.flatMap(({ about }) => about.sale ?? []))];
  const name = (sale: string) =>
    quietly(
      ask("GET /api/sales/{sale}", { parts: { sale } }).then(({ event }) => event?.name ?? sale),
      sale,
    );
  return new Map(await Promise.all(ids.map(async (id) => [id, await name(id)] as const)));
}

async function people(): Promise<ReadonlyMap<string, string>> {
  if (!holdsAny(permissions.peek(), ["member:read"])) return new Map();
  const { items } = await quietly(ask("GET /api/security/members"), { items: [] });
  return new Map(items.map(({ account, name, email }) => [account, name || email]));
}

function said(act: string, sale: string): string {
  if (act === "sale.close") return t("off_act_sale_close", { sale });
  if (act === "order.refund") return t("off_act_order_refund", { sale });
  if (act === "policy.loosen") return t("off_act_policy_loosen");
  return sale ? `${act} (${sale})` : act;
}

/** The newest first, as the server keeps them. Nobody decides with an API key here: people do. */
export async function approvals(): Promise<Approval[]> {
  if (key.peek() !== null || !holdsAny(permissions.peek(), ["event:read"])) return [];
  const { items } = await ask("GET /api/security/approvals");
  const [sales, names] = await Promise.all([saleNames(items), items.length > 0 ? people() : new Map()]);
  return items.map((one) => ({
    ...one,
    words: said(one.act, sales.get(one.about.sale ?? "") ?? ""),
    asker: names.get(one.asked_by) ?? "",
  }));
}
