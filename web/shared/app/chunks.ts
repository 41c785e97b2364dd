/** Pages whose words are loaded with them. */

import { type MoreWords, speakAlso } from "../i18n";
import type { Chunk } from "./router";

export function withWords(words: MoreWords, load: Chunk): Chunk {
  return () => Promise.all([load(), speakAlso(words)]).then(([page]) => page);
}
