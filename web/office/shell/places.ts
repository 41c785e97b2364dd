/**
 * Where things are in the office, and who reaches what.
 * Pure. Guarantees: what one's permissions do not reach is not shown; somebody who has a single place lands on it.
 */

export interface Place {
  id: "today" | "events" | "offers" | "orders" | "tasks" | "audience" | "venues" | "reports" | "settings";
  path: string;
  /** pressed after "g" */
  letter: string;
  /** any of these reaches it; with none, everybody does */
  needs: readonly string[];
}

export const SETTINGS = [
  { id: "team", needs: ["member:read", "member:manage"] },
  { id: "keys", needs: ["key:manage"] },
  { id: "webhooks", needs: ["webhook:manage"] },
  { id: "security", needs: ["policy:edit", "organizer:own"] },
  { id: "identity", needs: ["organizer:edit"] },
  { id: "payments", needs: ["organizer:own"] },
  { id: "audit", needs: ["audit:read"] },
] as const satisfies readonly { id: string; needs: readonly string[] }[];

export type SettingsTab = (typeof SETTINGS)[number]["id"];

export const PLACES: readonly Place[] = [
  { id: "today", path: "/office", letter: "t", needs: [] },
  { id: "events", path: "/office/events", letter: "e", needs: ["sale:read"] },
  { id: "offers", path: "/office/offers", letter: "f", needs: ["coupon:edit"] },
  { id: "orders", path: "/office/orders", letter: "o", needs: ["order:read"] },
  { id: "tasks", path: "/office/tasks", letter: "k", needs: ["order:refund"] },
  { id: "audience", path: "/office/audience", letter: "a", needs: ["people:read"] },
  { id: "venues", path: "/office/venues", letter: "v", needs: ["venue:edit"] },
  { id: "reports", path: "/office/reports", letter: "r", needs: ["report:read"] },
  { id: "settings", path: "/office/settings", letter: "s", needs: SETTINGS.flatMap((tab) => [...tab.needs]) },
];

/** null: everything, as with an API key, whose scopes these pages do not know. */
export type Permissions = ReadonlySet<string> | null;

export function holdsAny(permissions: Permissions, needs: readonly string[]): boolean {
  return permissions === null || needs.length === 0 || needs.some((need) => permissions.has(need));
}

export function reached(permissions: Permissions): Place[] {
  return PLACES.filter(({ needs }) => holdsAny(permissions, needs));
}

export function reachedTabs(permissions: Permissions): SettingsTab[] {
  return SETTINGS.filter(({ needs }) => holdsAny(permissions, needs)).map(({ id }) => id);
}

/** Of which place an address is; a sale's desk belongs to events. */
export function placeOf(path: string): Place | null {
  if (path === "/office" || path === "/office/") return PLACES[0] ?? null;
  if (path.startsWith("/office/sales/")) return PLACES.find(({ id }) => id === "events") ?? null;
  const fits = (place: Place) => path === place.path || path.startsWith(`${place.path}/`);
  return PLACES.slice(1).find(fits) ?? null;
}

/** Whether an address may be shown; what belongs to no place (one's own account) always may. */
export function mayShow(path: string, permissions: Permissions): boolean {
  const tab = SETTINGS.find(({ id }) => path.startsWith(`/office/settings/${id}`));
  const needs = tab?.needs ?? placeOf(path)?.needs ?? [];
  return holdsAny(permissions, needs);
}

/** Where one goes first. */
export function landing(permissions: Permissions): string {
  const others = reached(permissions).filter(({ id }) => id !== "today");
  return others.length === 1 ? (others[0]?.path ?? "/office") : "/office";
}

export const WAYS_IN = [
  "sign-in",
  "register",
  "verify",
  "forgot",
  "reset",
  "second-factor",
  "email",
  "invitation",
  "guest",
].map((way) => `/office/${way}`);
