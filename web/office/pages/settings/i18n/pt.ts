/** Portuguese words of the settings. */

import type { SettingsWords } from "./en";

export const words: SettingsWords = {
  set_soon: "Esta página está a caminho.",
};
