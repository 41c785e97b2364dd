/** Entry of the buyer's pages: language first, then the page of the address, each page its own chunk. */

import { useSignal, useSignalEffect } from "@preact/signals";
import { type ComponentType, render } from "preact";
import { chosenLanguage, speak, t } from "../i18n";
import { Missing } from "../pages/loading";
import { Frame } from "../ui/frame";
import { Notice } from "../ui/signs";
import { path, type Route, routeOf, startRouter } from "./router";
import { live } from "./services";
import { session } from "./storage";
import "../ui/base.css";
import "../ui/controls.css";
import "../ui/signs.css";
import "../ui/shell.css";

// biome-ignore lint/suspicious/noExplicitAny: each page has its own properties, and `propsOf` gives it exactly those
type Page = ComponentType<any>;

const PAGES: Record<Exclude<Route["page"], "missing">, () => Promise<{ default: Page }>> = {
  home: () => import("../pages/home"),
  event: () => import("../pages/event"),
  room: () => import("../pages/room"),
  seats: () => import("../pages/seats"),
  checkout: () => import("../pages/checkout"),
  order: () => import("../pages/order"),
  promos: () => import("../pages/promos"),
};

function propsOf(route: Route): Record<string, unknown> {
  if ("sale" in route) return { id: route.sale, key: `${route.page}:${route.sale}` };
  return route.page === "order" ? { code: route.code, key: route.code ?? "open" } : { key: route.page };
}

interface Shown {
  page: Page;
  props: Record<string, unknown>;
}

function App() {
  const shown = useSignal<Shown | null>(null);
  const failed = useSignal(false);
  useSignalEffect(() => {
    const route = routeOf(path.value);
    const wanted = path.value;
    if (route.page === "missing") {
      shown.value = { page: Missing, props: {} };
      return;
    }
    PAGES[route.page]().then(
      ({ default: page }) => {
        failed.value = false;
        if (path.peek() === wanted) shown.value = { page, props: propsOf(route) };
      },
      () => {
        // A new version was put in place while this tab was open, and its old files are gone: start it, but only once.
        if (session.read("started_again") === wanted) failed.value = true;
        else {
          session.write("started_again", wanted);
          location.reload();
        }
      },
    );
  });
  const { page: Page, props } = shown.value ?? { page: null, props: {} };
  return (
    <Frame>
      {failed.value && (
        <div class="page">
          <Notice kind="bad" urgent action={{ label: t("try_again"), run: () => location.reload() }}>
            {t("page_failed")}
          </Notice>
        </div>
      )}
      {Page && !failed.value && <Page {...props} />}
    </Frame>
  );
}

async function start(): Promise<void> {
  startRouter();
  const first = routeOf(path.peek());
  const chunk = first.page === "missing" ? undefined : PAGES[first.page](); // while the words are on their way
  chunk?.catch(() => undefined);
  await speak(chosenLanguage());
  live.start();
  const root = document.getElementById("app");
  if (root) render(<App />, root);
}

void start();
