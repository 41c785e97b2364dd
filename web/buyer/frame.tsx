/** What surrounds every buyer page: masthead, connection strip, footer with language and theme. */

import { computed, effect, signal } from "@preact/signals";
import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { path } from "../shared/app/router";
import { live, now_ms } from "../shared/app/services";
import { session } from "../shared/app/storage";
import { money } from "../shared/format/money";
import { locale, t, type Word } from "../shared/i18n";
import { Choices } from "../shared/ui/choices";
import { Button } from "../shared/ui/controls";
import { Notice } from "../shared/ui/signs";
import { lostCart, salesWithCarts } from "./sale/kept-carts";
import { lastNotice } from "./sale/notices";

/** A lost connection is worth a word only when it lasts: most are mended before anybody reads it. A lost network is told at once. */
const QUIET_MS = 2_500;
const lostAt_ms = signal<number | null>(null);
live.status.subscribe((status) => {
  lostAt_ms.value = status === "live" ? null : (lostAt_ms.peek() ?? performance.now());
});
const trouble = computed<Word | null>(() => {
  if (live.offline.value) return live.keeping.value ? "network_waiting" : "offline";
  void now_ms.value;
  const lasts = lostAt_ms.value !== null && performance.now() - lostAt_ms.value > QUIET_MS;
  if (!lasts) return null;
  return live.keeping.value ? "network_waiting" : "connection_lost";
});

function Connection() {
  if (live.status.value === "stopped") {
    return (
      <div role="alert">
        <div class="connection">
          {t("connection_stopped")}
          <Button onClick={() => live.again()}>{t("connect_again")}</Button>
        </div>
      </div>
    );
  }
  return (
    <div role="status">{trouble.value !== null && <div class="connection">{t(trouble.value)}</div>}</div>
  );
}

/** Fetched once there is a cart to show; again with the next connection, should the network fail meanwhile. */
const carts = signal<ComponentType | null>(null);
effect(() => {
  const wanted = salesWithCarts.value.length > 0 || lostCart.value !== null;
  if (!wanted || live.status.value !== "live" || carts.peek() !== null) return;
  import("./cart-chip").then(
    ({ Carts }) => {
      carts.value = Carts;
    },
    () => undefined,
  );
});

// Another tab had this browser forget who was here.
addEventListener("storage", ({ key, newValue }) => {
  if (key !== "aforo.buyer" || newValue !== null) return;
  session.forget([]);
  location.replace("/o");
});

function Told() {
  const promo = lastNotice.value;
  if (!promo) return null;
  const forget = () => {
    lastNotice.value = null;
  };
  return (
    <div class="told">
      <Notice onClose={forget}>
        <strong>{promo.product}</strong> · {money(promo.price, promo.currency, locale.value)} ·{" "}
        {promo.store.name}{" "}
        <a href="/promos" onClick={forget}>
          {t("promo_look")}
        </a>
      </Notice>
    </div>
  );
}

export function Frame({ children }: { children: ComponentChildren }) {
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const Carts = carts.value;
  // A screen reader hears the new page; the first one it reads by itself.
  useEffect(() => {
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
  }, [path.value]);
  return (
    <>
      <a class="skip" href="#main">
        {t("skip")}
      </a>
      <header class="masthead">
        <a class="brand" href="/" aria-label={t("home_link")}>
          <span>AFORO</span>
        </a>
        {Carts && <Carts />}
        <nav aria-label={t("main_menu")}>
          <a href="/promos" aria-current={path.value === "/promos" ? "page" : undefined}>
            {t("promos_in_short")}
          </a>
          <a href="/o" aria-current={path.value.startsWith("/o") ? "page" : undefined}>
            {t("my_tickets")}
          </a>
          <a
            class="person"
            href="/account"
            aria-current={path.value.startsWith("/account") ? "page" : undefined}
          >
            <span class="visually-hidden">{t("account")}</span>
            <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
              <circle cx="12" cy="8" r="4.5" />
              <path d="M3.5 21a8.5 8.5 0 0 1 17 0" />
            </svg>
          </a>
        </nav>
      </header>
      <Connection />
      <Told />
      <main id="main" tabIndex={-1} ref={main}>
        {children}
      </main>
      <footer class="footer">
        <div>
          <span class="small soft">{t("footer_promise")}</span>
          <span class="row">
            <Choices />
          </span>
        </div>
      </footer>
    </>
  );
}
