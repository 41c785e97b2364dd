/** The shell: destinations at the side, on a phone at the bottom; search, help, and what is told over any page. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { StepUpDialog } from "../../shared/account/proving";
import { go, path } from "../../shared/app/router";
import { live } from "../../shared/app/services";
import { Badge } from "../../shared/ui/signs";
import { Jobs } from "../ui/jobs";
import { Toasts } from "../ui/toasts";
import { permissions } from "../who";
import { t } from "../words";
import { Help, helpOpen, singleKeys } from "./help";
import { isTyping, Keyboard } from "./keyboard";
import { Bottom, Side } from "./navigation";
import { Palette, searchOpen } from "./palette";
import { reached } from "./places";

const keyboard = new Keyboard(
  () => new Map(reached(permissions.peek()).map((place) => [place.letter, place.path])),
  () => singleKeys.peek(),
);

function onKey(event: KeyboardEvent): void {
  const act = keyboard.press(
    {
      key: event.key,
      ctrl: event.ctrlKey,
      meta: event.metaKey,
      alt: event.altKey,
      typing: isTyping(document.activeElement),
      modal: document.querySelector("dialog[open]") !== null,
    },
    performance.now(),
  );
  if (act === null) return;
  if (act === "find") {
    const field = document.querySelector<HTMLInputElement>('main input[type="search"]');
    if (!field) return;
    field.focus();
  } else if (act === "search") searchOpen.value = !searchOpen.peek();
  else if (act === "help") helpOpen.value = true;
  else go(act.go);
  event.preventDefault();
}

export function Shell({ children }: { children: ComponentChildren }) {
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  // A screen reader hears the new page; the first one it reads by itself.
  useEffect(() => {
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
  }, [path.value]);
  return (
    <div class="office">
      <a class="skip" href="#main">
        {t("skip")}
      </a>
      <Side />
      <main id="main" class="office-main" tabIndex={-1} ref={main}>
        {live.status.value !== "live" && (
          <span class="board-connecting">
            <Badge>{t("dash_connecting")}</Badge>
          </span>
        )}
        {children}
      </main>
      <Bottom />
      <Palette />
      <Help />
      <StepUpDialog />
      <div class="office-told">
        <Jobs />
        <Toasts />
      </div>
    </div>
  );
}
