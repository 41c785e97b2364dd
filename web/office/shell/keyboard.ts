/**
 * Keys of the whole office: "g" and a letter to go somewhere, "?" for help, "/" to search a list, Ctrl or ⌘ with K to search all.
 * Pure; time comes in as an argument. Guarantees: nothing typed into a field is taken for a key.
 */

export const SEQUENCE_MS = 1_200;

export type Act = { go: string } | "help" | "find" | "search";

export interface Pressed {
  key: string;
  ctrl: boolean;
  meta: boolean;
  alt: boolean;
  /** the focus is where one types */
  typing: boolean;
  /** a dialog is open */
  modal: boolean;
}

export class Keyboard {
  private since_ms: number | null = null;

  /** `letters`: where each leads · `single`: whether keys without Ctrl count at all, which a person may switch off */
  constructor(
    private readonly letters: () => ReadonlyMap<string, string>,
    private readonly single: () => boolean,
  ) {}

  press(pressed: Pressed, now_ms: number): Act | null {
    const key = pressed.key.toLowerCase();
    if ((pressed.ctrl || pressed.meta) && !pressed.alt && key === "k") {
      this.since_ms = null;
      return "search";
    }
    const began = this.since_ms;
    this.since_ms = null;
    if (pressed.ctrl || pressed.meta || pressed.alt || pressed.typing || pressed.modal || !this.single())
      return null;
    if (began !== null && now_ms - began <= SEQUENCE_MS) {
      const there = this.letters().get(key);
      if (there !== undefined) return { go: there };
    }
    if (key === "g") this.since_ms = now_ms;
    if (key === "?") return "help";
    return key === "/" ? "find" : null;
  }
}

/** Whether the focus is where one types. */
export function isTyping(element: Element | null): boolean {
  if (!(element instanceof HTMLElement)) return false;
  return (
    element.isContentEditable || element.matches("input:not([type=checkbox], [type=radio]), textarea, select")
  );
}
