/** What only some presses need, loaded once it is needed, with its words. */

import { useEffect, useState } from "preact/hooks";
import { type MoreWords, speakAlso } from "../../shared/i18n";

/** null until it is there. `load` has to be the same each time. */
export function useLater<T>(words: readonly MoreWords[], load: () => Promise<T>): T | null {
  const [found, setFound] = useState<T | null>(null);
  useEffect(() => {
    let left = false;
    Promise.all([load(), ...words.map(speakAlso)]).then(
      ([made]) => left || setFound(() => made),
      () => undefined, // whoever presses again tries again
    );
    return () => {
      left = true;
    };
  }, [load]);
  return found;
}
