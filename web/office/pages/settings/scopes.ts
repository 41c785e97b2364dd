/** What somebody may do, in words: a role, where, until when. Pure but for the words. */

import type { GrantShape } from "../../../shared/wire/contract";
import { t } from "./words";

/** Beginning with the least. */
export const ROLES = [
  "analyst",
  "auditor",
  "box_office",
  "gate",
  "marketing",
  "finance",
  "editor",
  "publisher",
  "venue_manager",
  "manager",
  "owner",
] as const;

export type RoleWord = (typeof ROLES)[number];

export interface Where {
  events: readonly string[];
  venues: readonly string[];
}

export function roleName(role: string): string {
  const known = ROLES.find((one) => one === role);
  if (!known) return role;
  const name = t(`off_role_${known}`);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

export function whereWords({ events, venues }: Where, named: (id: string) => string): string {
  return [...events, ...venues].map(named).join(", ");
}

export function grantWords(
  grant: GrantShape,
  named: (id: string) => string,
  when: (at_ms: number) => string,
): string {
  const role = roleName(grant.role);
  const things = whereWords(grant, named);
  const there = things === "" ? role : t("set_in", { role, things });
  return grant.until_at_ms === null ? there : t("set_until", { what: there, when: when(grant.until_at_ms) });
}

/** What a field for a date and a time holds, as an instant; null when nothing is there. */
export function instantOf(typed: string): number | null {
  const at_ms = typed === "" ? Number.NaN : new Date(typed).getTime();
  return Number.isNaN(at_ms) ? null : at_ms;
}

/** An instant as a field for a date and a time holds it, on the reader's own clock. */
export function typedOf(at_ms: number | null): string {
  if (at_ms === null) return "";
  const local = new Date(at_ms - new Date(at_ms).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
