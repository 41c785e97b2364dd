/** How well a thing fits what is searched for. Pure; neither case nor accents matter. */

export interface Hit {
  id: string;
  /** what it is: "page", "sale", "member" … */
  kind: string;
  name: string;
  more?: string;
  path: string;
  /** it was found by what isn't shown of it */
  fits?: boolean;
}

const plain = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Higher is better; null when some word is nowhere in it. */
export function score(name: string, more: string, wanted: string): number | null {
  const words = plain(wanted).split(/\s+/).filter(Boolean);
  const head = plain(name);
  const rest = plain(more);
  let sum = 0;
  for (const word of words) {
    const at = head.indexOf(word);
    if (at === 0) sum += 4;
    else if (at > 0 && /[^\p{L}\p{N}]/u.test(head[at - 1] ?? "")) sum += 3;
    else if (at > 0) sum += 2;
    else if (rest.includes(word)) sum += 1;
    else return null;
  }
  return words.length === 0 ? 0 : sum / words.length - head.length / 1_000;
}

export function ranked(hits: readonly Hit[], wanted: string, most: number): Hit[] {
  return hits
    .map((hit, nth) => ({ hit, nth, fits: score(hit.name, hit.more ?? "", wanted) ?? (hit.fits ? 0 : null) }))
    .filter((one): one is { hit: Hit; nth: number; fits: number } => one.fits !== null)
    .sort((a, b) => b.fits - a.fits || a.nth - b.nth)
    .slice(0, most)
    .map(({ hit }) => hit);
}
