/**
 * Addresses of the buyer's pages and how one goes between them without loading anew.
 * Guarantees: back and forward only show what is there; nothing is done twice by moving in the history.
 */

import { signal } from "@preact/signals";

export type Route =
  | { page: "home" }
  | { page: "event" | "room" | "seats" | "checkout"; sale: string }
  | { page: "order"; code: string | null }
  | { page: "promos" }
  | { page: "missing" };

const SALE_PAGES = { "": "event", room: "room", seats: "seats", checkout: "checkout" } as const;

export function routeOf(path: string): Route {
  const [first = "", second = "", third = "", rest] = path.replace(/^\/+|\/+$/g, "").split("/");
  if (rest !== undefined) return { page: "missing" };
  if (first === "" && second === "") return { page: "home" };
  if (first === "promos" && second === "") return { page: "promos" };
  if (first === "o" && third === "")
    return { page: "order", code: second === "" ? null : decodeURIComponent(second) };
  if (first === "s" && second !== "" && third in SALE_PAGES) {
    return { page: SALE_PAGES[third as keyof typeof SALE_PAGES], sale: decodeURIComponent(second) };
  }
  return { page: "missing" };
}

export const path = signal("/");

export function go(to: string, how: "push" | "replace" = "push"): void {
  if (to === path.peek()) return;
  if (how === "push") history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  path.value = location.pathname;
  scrollTo(0, 0);
}

export function startRouter(): void {
  path.value = location.pathname;
  addEventListener("popstate", () => {
    path.value = location.pathname;
  });
  document.addEventListener("click", (click) => {
    if (click.defaultPrevented || click.button !== 0 || click.metaKey || click.ctrlKey || click.shiftKey)
      return;
    const link = (click.target as Element | null)?.closest?.("a[href]") as HTMLAnchorElement | null;
    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (link.hash && link.pathname === location.pathname) return;
    if (routeOf(link.pathname).page === "missing") return;
    click.preventDefault();
    go(link.pathname);
  });
}
