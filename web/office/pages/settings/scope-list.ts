/** Permissions as a key's maker chooses them: grouped by what they are about. Pure. */

export const PERMISSIONS = [
  "event:read",
  "event:edit",
  "venue:edit",
  "sale:read",
  "sale:steer",
  "order:read",
  "order:pii",
  "order:issue",
  "order:over_maximum",
  "order:complimentary",
  "order:refund",
  "ticket:payload",
  "gate:scan",
  "coupon:edit",
  "credit:edit",
  "promo:read",
  "promo:edit",
  "people:read",
  "people:edit",
  "campaign:send",
  "review:decide",
  "report:read",
  "member:read",
  "member:manage",
  "key:manage",
  "webhook:manage",
  "policy:edit",
  "organizer:edit",
  "audit:read",
] as const;

/** By the word before the colon, in the order in which they first occur. */
export function grouped(permissions: readonly string[]): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const permission of permissions) {
    const subject = permission.split(":")[0] ?? "";
    groups.set(subject, [...(groups.get(subject) ?? []), permission]);
  }
  return [...groups];
}

/** Networks or topics as typed: apart by commas, spaces or lines. */
export function listed(typed: string): string[] {
  return typed.split(/[\s,;]+/).filter((one) => one !== "");
}
