/**
 * What this browser keeps: buyer token, signed places, choices.
 * Guarantees: works (for this page only) where storage is refused, as in some private windows.
 */

function kept(area: () => Storage): {
  read(key: string): string | null;
  write(key: string, value: string | null): void;
  /** All that is kept, but for these. */
  forget(but: readonly string[]): void;
} {
  const memory = new Map<string, string>();
  const storage = (): Storage | null => {
    try {
      return area();
    } catch {
      return null; // SecurityError: storage is switched off
    }
  };
  return {
    read(key) {
      try {
        return storage()?.getItem(`aforo.${key}`) ?? memory.get(key) ?? null;
      } catch {
        return memory.get(key) ?? null;
      }
    },
    write(key, value) {
      if (value === null) memory.delete(key);
      else memory.set(key, value);
      try {
        if (value === null) storage()?.removeItem(`aforo.${key}`);
        else storage()?.setItem(`aforo.${key}`, value);
      } catch {
        return; // full or refused: kept in memory above
      }
    },
    forget(but) {
      memory.clear();
      try {
        const keys = Object.keys(storage() ?? {}).filter((key) => key.startsWith("aforo."));
        for (const key of keys) if (!but.includes(key.slice("aforo.".length))) storage()?.removeItem(key);
      } catch {
        return; // refused: there was only memory
      }
    },
  };
}

/** Survives closing the browser. */
export const local = kept(() => localStorage);
/** Ends with the tab. */
export const session = kept(() => sessionStorage);

/** An id of one's own, good across reconnects; works on plain-http addresses too. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
