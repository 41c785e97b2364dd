/** Asks before what can't be taken back: says what will happen, and both buttons say what they do. */

import type { ComponentChildren } from "preact";
import { Button } from "../../shared/ui/controls";
import { Dialog } from "../../shared/ui/signs";

interface Asked {
  title: string;
  open: boolean;
  /** what the button does that goes through with it */
  does: string;
  /** what the other one leaves as it is */
  keeps: string;
  kind?: "main" | "bad";
  busy: boolean;
  onYes(): void;
  onNo(): void;
  children: ComponentChildren;
}

export function Confirm({ title, open, does, keeps, kind = "bad", busy, onYes, onNo, children }: Asked) {
  return (
    <Dialog title={title} open={open} asks onClose={onNo}>
      <div class="stack-tight">{children}</div>
      <span class="row">
        <Button kind={kind} busy={busy} onClick={onYes}>
          {does}
        </Button>
        <Button onClick={onNo}>{keeps}</Button>
      </span>
    </Dialog>
  );
}
