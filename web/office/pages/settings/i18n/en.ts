/** English words of the settings. */

export const words = {
  set_soon: "This page is on its way.",
} as const satisfies Record<string, string | { one: string; other: string }>;

type Same<T> = { readonly [K in keyof T]: T[K] extends string ? string : { one: string; other: string } };
export type SettingsWords = Same<typeof words>;
