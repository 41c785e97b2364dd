/** What was done, told for a moment over the page; with a way back where there is one. */

import { signal } from "@preact/signals";
import { Button } from "../../shared/ui/controls";
import { t } from "../words";

const SHOWN_MS = 7_000; // long enough to read and to undo
const TOASTS_MAX = 3; // the oldest goes first

interface Toast {
  id: number;
  words: string;
  undo: (() => void) | undefined;
}

export const toasts = signal<readonly Toast[]>([]);
let last = 0;

export function dismiss(id: number): void {
  toasts.value = toasts.peek().filter((toast) => toast.id !== id);
}

export function tell(words: string, undo?: () => void): void {
  const id = ++last;
  toasts.value = [...toasts.peek(), { id, words, undo }].slice(-TOASTS_MAX);
  setTimeout(() => dismiss(id), SHOWN_MS);
}

export function Toasts() {
  return (
    <div role="status" class="toasts">
      {toasts.value.map(({ id, words, undo }) => (
        <div key={id} class="toast">
          <span>{words}</span>
          {undo && (
            <Button
              onClick={() => {
                dismiss(id);
                undo();
              }}
            >
              {t("off_undo")}
            </Button>
          )}
        </div>
      ))}
    </div>
  );
}
