/** Light or dark: as the device says, or as this browser was told. */

import { effect, signal } from "@preact/signals";
import { local } from "./storage";

export type Theme = "system" | "light" | "dark";
const keptTheme = local.read("theme");
export const theme = signal<Theme>(keptTheme === "light" || keptTheme === "dark" ? keptTheme : "system");

effect(() => {
  if (theme.value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
  local.write("theme", theme.value === "system" ? null : theme.value);
});
