/**
 * Asks before what can't be taken back: exactly what will happen, to how many, for how much. Both buttons say what they do.
 * Guarantees: what it meets is shown as it stands while it is open; while that is not known yet, nothing can be gone through with.
 */

import type { ComponentChildren } from "preact";
import { Button } from "../../shared/ui/controls";
import { Dialog } from "../../shared/ui/signs";
import { t } from "../words";

interface Asked {
  title: string;
  open: boolean;
  /** one line for each thing it meets; null while that is being found out; left out where the sentence says it all */
  meets?: readonly string[] | null;
  /** what the button does that goes through with it */
  does: string;
  /** what the other one leaves as it is */
  keeps: string;
  kind?: "main" | "bad";
  busy: boolean;
  onYes(): void;
  onNo(): void;
  children?: ComponentChildren;
}

export function DryRun({
  title,
  open,
  meets,
  does,
  keeps,
  kind = "bad",
  busy,
  onYes,
  onNo,
  children,
}: Asked) {
  const unknown = meets === null;
  return (
    <Dialog title={title} open={open} asks onClose={onNo}>
      <div class="stack-tight">
        {unknown && <p role="status">{t("off_finding_out")}</p>}
        {meets && meets.length > 0 && (
          <ul class="stack-tight" data-testid="meets">
            {meets.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        )}
        {children}
      </div>
      <span class="row">
        <Button kind={kind} busy={busy || unknown} onClick={onYes}>
          {does}
        </Button>
        <Button onClick={onNo}>{keeps}</Button>
      </span>
    </Dialog>
  );
}
