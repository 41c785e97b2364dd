/** One search over everything one reaches: pages at once, things of the server as it answers. */

import { signal } from "@preact/signals";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { go } from "../../shared/app/router";
import { Dialog } from "../../shared/ui/signs";
import { key, permissions } from "../who";
import { t } from "../words";
import { FINDERS } from "./finders";
import { reached, reachedTabs } from "./places";
import { type Hit, ranked } from "./ranking";

export const searchOpen = signal(false);
const SHOWN_MAX = 12;
const TYPED_MS = 150;

function pages(): Hit[] {
  const own = key.peek() === null ? [{ id: "account", path: "/office/account" } as const] : [];
  return [
    ...[...reached(permissions.peek()), ...own].map(({ id, path }) => ({
      id,
      kind: t("off_kind_page"),
      name: t(`off_${id}`),
      path,
    })),
    ...reachedTabs(permissions.peek()).map((tab) => ({
      id: `settings-${tab}`,
      kind: t("off_kind_page"),
      name: t(`off_settings_${tab}`),
      more: t("off_settings"),
      path: `/office/settings/${tab}`,
    })),
  ];
}

/** What the server knows of these words; an answer that comes late, after others were typed, counts no more. */
function useFound(words: string): Hit[] {
  const [found, setFound] = useState<Hit[]>([]);
  useEffect(() => {
    if (words === "") {
      setFound([]);
      return;
    }
    let current = true;
    const timer = setTimeout(() => {
      const kept: Hit[][] = [];
      for (const [nth, finder] of FINDERS.filter((one) => one.may(permissions.peek())).entries()) {
        finder.find(words).then(
          (hits) => {
            kept[nth] = hits;
            if (current) setFound(kept.flat());
          },
          () => undefined, // what can't be searched right now is not found
        );
      }
    }, TYPED_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [words]);
  return found;
}

export function Palette() {
  const close = () => {
    searchOpen.value = false;
  };
  return (
    <Dialog title={t("off_search")} open={searchOpen.value} onClose={close}>
      <Search onDone={close} />
    </Dialog>
  );
}

function Search({ onDone }: { onDone(): void }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useId();
  const words = typed.trim();
  const found = useFound(words);
  const hits = ranked([...pages(), ...found], words, SHOWN_MAX);
  const chosen = Math.min(at, hits.length - 1);
  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    document.getElementById(`${list}-${chosen}`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const open = (hit: Hit | undefined) => {
    if (!hit) return;
    onDone();
    go(hit.path);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(chosen + 1, hits.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(chosen - 1, 0));
    else if (event.key === "Enter") open(hits[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <div class="stack-tight palette">
      <input
        ref={input}
        class="input"
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        maxLength={80}
        placeholder={t("off_search_hint")}
        aria-label={t("off_search")}
        aria-expanded={hits.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={hits.length > 0 ? `${list}-${chosen}` : undefined}
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <div class="palette-hits" role="listbox" id={list} aria-label={t("off_search")}>
        {hits.map((hit, nth) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are pressed in the field, as in every combobox
          <div
            key={`${hit.kind} ${hit.id}`}
            id={`${list}-${nth}`}
            role="option"
            tabIndex={-1}
            aria-selected={nth === chosen}
            onClick={() => open(hit)}
            onPointerMove={() => setAt(nth)}
          >
            <span>{hit.name}</span>
            <span class="small soft">{[hit.more, hit.kind].filter(Boolean).join(" · ")}</span>
          </div>
        ))}
      </div>
      <p class="soft" role="status">
        {hits.length === 0 && t("nothing_found")}
      </p>
    </div>
  );
}
