/** A line that unfolds; what is inside is made when it is first looked at. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

interface Folding {
  id: string;
  line: ComponentChildren;
  summary: string | undefined;
  inside(): ComponentChildren;
}

export function Folded({ id, line, summary, inside }: Folding) {
  const [opened, setOpened] = useState(false);
  return (
    <details
      class="reference-call"
      id={id}
      onToggle={(toggle) => setOpened(opened || toggle.currentTarget.open)}
    >
      <summary>
        {line}
        {summary && <span class="soft reference-summary">{summary}</span>}
      </summary>
      {opened && <div class="reference-inside">{inside()}</div>}
    </details>
  );
}
