/** Ways through the office: organizer, search, the places one reaches, and oneself. */

import { useEffect, useRef, useState } from "preact/hooks";
import { signOut } from "../../shared/account/calls";
import { startAnew } from "../../shared/account/links";
import { me } from "../../shared/account/me";
import { path } from "../../shared/app/router";
import { Choices } from "../../shared/ui/choices";
import { Button } from "../../shared/ui/controls";
import { Dialog } from "../../shared/ui/signs";
import { choose, forgetKey, key, organizer, permissions } from "../who";
import { t } from "../words";
import { helpOpen } from "./help";
import { searchOpen } from "./palette";
import { type Place, placeOf, reached } from "./places";

const BOTTOM_MAX = 5;

/** Nothing that was read outlives who read it. */
export async function leave(): Promise<void> {
  if (key.peek() !== null) forgetKey();
  else await signOut().catch(() => undefined);
  startAnew("/office/sign-in");
}

function PlaceLink({ place, onGo }: { place: Place; onGo?: () => void }) {
  const current = placeOf(path.value)?.id === place.id;
  return (
    <a href={place.path} aria-current={current ? "page" : undefined} onClick={onGo}>
      {t(`off_${place.id}`)}
    </a>
  );
}

function Switcher() {
  const all = me.value?.organizers ?? [];
  const now = organizer.value;
  if (key.value !== null) return <p class="side-organizer">{t("off_by_key")}</p>;
  if (!now) return null;
  if (all.length === 1) return <p class="side-organizer">{now.name}</p>;
  return (
    <label class="side-switch">
      <span class="visually-hidden">{t("off_organizer")}</span>
      <select value={now.id} onChange={(change) => choose(change.currentTarget.value)}>
        {all.map(({ id, name }) => (
          <option key={id} value={id} selected={id === now.id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Search() {
  return (
    <button type="button" class="side-search" onClick={() => (searchOpen.value = true)}>
      <span>{t("off_search_short")}</span>
      <kbd>{/Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘K" : "Ctrl K"}</kbd>
    </button>
  );
}

/** Oneself: account, language, theme, keys, the way out. */
function Own() {
  const [open, setOpen] = useState(false);
  const element = useRef<HTMLDivElement>(null);
  const name = me.value?.account.name || me.value?.account.email || t("off_by_key");
  useEffect(() => setOpen(false), [path.value]);
  useEffect(() => {
    if (!open) return;
    const close = (event: Event) => {
      const outside = event instanceof MouseEvent && !element.current?.contains(event.target as Node);
      const escaped = event instanceof KeyboardEvent && event.key === "Escape";
      if (escaped) element.current?.querySelector("button")?.focus();
      if (outside || escaped) setOpen(false);
    };
    document.addEventListener("click", close);
    document.addEventListener("keydown", close);
    return () => {
      document.removeEventListener("click", close);
      document.removeEventListener("keydown", close);
    };
  }, [open]);
  return (
    <div class="own" ref={element}>
      <button
        type="button"
        class="own-button"
        aria-expanded={open}
        aria-label={t("off_you", { name })}
        onClick={() => setOpen((before) => !before)}
      >
        <span class="own-mark" aria-hidden="true">
          {[...name][0]?.toUpperCase()}
        </span>
        <span class="own-name">{name}</span>
      </button>
      {open && (
        <div class="own-menu stack">
          {key.value === null && (
            <>
              <p class="small soft">{me.value?.account.email}</p>
              <a href="/office/account">{t("off_account")}</a>
            </>
          )}
          <Choices />
          <button type="button" class="link" onClick={() => (helpOpen.value = true)}>
            {t("off_keys")}
          </button>
          <Button onClick={() => void leave()}>{t("off_leave")}</Button>
        </div>
      )}
    </div>
  );
}

/** At the side of a wide screen; on a narrow one the same at its top. */
export function Side() {
  return (
    <header class="side">
      <a class="brand" href="/office" aria-label={t("off_title")}>
        <span>AFORO</span>
      </a>
      <Switcher />
      <Search />
      <nav class="side-places" aria-label={t("main_menu")}>
        {reached(permissions.value).map((place) => (
          <PlaceLink key={place.id} place={place} />
        ))}
      </nav>
      <Own />
    </header>
  );
}

/** At the bottom of a phone: what fits under a thumb, the others behind "More". */
export function Bottom() {
  const [open, setOpen] = useState(false);
  const places = reached(permissions.value);
  const fit = places.length <= BOTTOM_MAX ? places : places.slice(0, BOTTOM_MAX - 1);
  const rest = places.slice(fit.length);
  const within = rest.some((place) => placeOf(path.value)?.id === place.id);
  if (places.length < 2) return null;
  return (
    <nav class="bottom" aria-label={t("off_bottom")}>
      {fit.map((place) => (
        <PlaceLink key={place.id} place={place} />
      ))}
      {rest.length > 0 && (
        <>
          <button
            type="button"
            aria-haspopup="dialog"
            data-current={within || undefined}
            onClick={() => setOpen(true)}
          >
            {t("off_more")}
          </button>
          <Dialog title={t("off_more")} open={open} onClose={() => setOpen(false)}>
            <nav class="more-places" aria-label={t("off_more")}>
              {rest.map((place) => (
                <PlaceLink key={place.id} place={place} onGo={() => setOpen(false)} />
              ))}
            </nav>
          </Dialog>
        </>
      )}
    </nav>
  );
}
