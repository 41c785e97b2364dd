/**
 * Addresses of a program's pages and how one goes between them without loading anew.
 * Guarantees: back and forward only show what is there; nothing is done twice by moving in the history.
 */

import { batch, signal } from "@preact/signals";
import type { ComponentType } from "preact";

export type Params = Record<string, string>;

// biome-ignore lint/suspicious/noExplicitAny: each page has its own properties, which are the parts of its address
export type Page = ComponentType<any>;

/** How a page is fetched: each is a chunk of its own. */
export type Chunk = () => Promise<{ default: Page }>;

/** "/s/:id/room" → its page */
export type Routes = Record<string, Chunk>;

export interface Found {
  pattern: string;
  params: Params;
}

const parts = (path: string) => path.replace(/^\/+|\/+$/g, "").split("/");

function matched(pattern: string, path: string): Params | null {
  const wanted = parts(pattern);
  const given = parts(path);
  if (wanted.length !== given.length) return null;
  const params: Params = {};
  for (const [nth, part] of wanted.entries()) {
    const there = given[nth] ?? "";
    if (part.startsWith(":") && there !== "") params[part.slice(1)] = decodeURIComponent(there);
    else if (part !== there) return null;
  }
  return params;
}

/** The route of an address; null when it is none of this program's. */
export function find(routes: Routes, path: string): Found | null {
  for (const pattern of Object.keys(routes)) {
    const params = matched(pattern, path);
    if (params) return { pattern, params };
  }
  return null;
}

export const path = signal("/");
/** What the address asks beside its path: filters, what is searched for. */
export const query = signal("");

function arrive(): void {
  batch(() => {
    path.value = location.pathname;
    query.value = location.search;
  });
}

/** Asked before a page is left for another one; says whether it may be. */
let mayLeave: (() => boolean) | null = null;

/** Asks `may` before this page is left, by whatever way, until the answer is called. */
export function guardLeaving(may: () => boolean): () => void {
  mayLeave = may;
  return () => {
    if (mayLeave === may) mayLeave = null;
  };
}

/** Whether this document was made for the page it shows alone: then every other page has one of its own. */
let bound = false;

export function bindDocument(): void {
  bound = true;
}

const leaves = (to: string) => new URL(to, location.origin).pathname !== path.peek();

export function go(to: string, how: "push" | "replace" = "push"): void {
  if (to === path.peek() + query.peek()) return;
  if (mayLeave !== null && leaves(to) && !mayLeave()) return;
  if (bound && leaves(to)) {
    if (how === "push") location.assign(to);
    else location.replace(to);
    return;
  }
  const before = path.peek();
  if (how === "push") history.pushState(null, "", to);
  else history.replaceState(null, "", to);
  arrive();
  if (path.peek() !== before) scrollTo(0, 0);
}

export function startRouter(routes: Routes): void {
  arrive();
  addEventListener("popstate", () => {
    if (mayLeave === null || !leaves(location.pathname) || mayLeave()) arrive();
    else history.pushState(null, "", path.peek() + query.peek()); // back to where one stays
  });
  document.addEventListener("click", (click) => {
    if (click.defaultPrevented || click.button !== 0 || click.metaKey || click.ctrlKey || click.shiftKey)
      return;
    const link = (click.target as Element | null)?.closest?.("a[href]") as HTMLAnchorElement | null;
    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
    if (link.hash && link.pathname === location.pathname) return;
    if (!find(routes, link.pathname)) return;
    if (bound && leaves(link.pathname)) return;
    click.preventDefault();
    go(link.pathname + link.search);
  });
}
