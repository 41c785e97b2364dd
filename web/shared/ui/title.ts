/** The document's title follows the page; a call in the title reaches a buyer who looks at another tab. */

import { useEffect } from "preact/hooks";

const NAME = "Aforo";

export function useTitle(title: string | null, call: string | null = null): void {
  useEffect(() => {
    const plain = title ? `${title} · ${NAME}` : NAME;
    document.title = call ? `● ${call}` : plain;
  }, [title, call]);
}
