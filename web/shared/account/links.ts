/** Addresses around signing in: where one was, and the token that a letter's link carries. */

const BUYERS = "/account";

/** Where to go after signing in: an address of these pages, or `otherwise`. Pure. */
export function safeNext(search: string, base: string, otherwise: string, origin: string): string {
  const wanted = new URLSearchParams(search).get("next");
  if (!wanted?.startsWith("/")) return otherwise;
  let there: URL;
  try {
    there = new URL(wanted, origin);
  } catch {
    return otherwise;
  }
  const inside =
    there.origin === origin &&
    (there.pathname === base ||
      there.pathname.startsWith(`${base}/`) ||
      // a sale asked a buyer to sign in
      (base === BUYERS && there.pathname.startsWith("/s/")));
  return inside ? there.pathname + there.search : otherwise;
}

/** The address of a page that leads back to where one is; `ended`: one was signed in until just now. */
export function leadingBack(page: string, ended = false): string {
  const own = new URLSearchParams(location.search);
  const outside = own.get("outside");
  own.delete("outside");
  const here = own.size > 0 ? `${location.pathname}?${own}` : location.pathname;
  const told = { ...(outside === null ? {} : { outside }), ...(ended ? { ended: "" } : {}) };
  return `${page}?${new URLSearchParams({ next: here, ...told })}`;
}

/** A letter's token stands behind the "#", which no server is sent; it is taken out of the address, and so of the history. */
export function takeToken(): string {
  return takeLink().get("token") ?? "";
}

/** The same with what else the link says. */
export function takeLink(): URLSearchParams {
  const link = new URLSearchParams(location.hash.slice(1));
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  return link;
}

/** What came of signing in elsewhere; told once, so it is taken out of the address. */
export function takeOutside(): string | null {
  const own = new URLSearchParams(location.search);
  const outside = own.get("outside");
  if (outside === null) return null;
  own.delete("outside");
  history.replaceState(null, "", own.size > 0 ? `${location.pathname}?${own}` : location.pathname);
  return outside;
}

/** After signing in or out the page starts anew: its socket is opened by who one is now. */
export function startAnew(at: string): void {
  location.assign(at);
}
