/**
 * The organizer's sales as the list was left: what is searched for, how many are shown, how far down.
 * Owns: that state for the life of the tab. Guarantees: coming back shows the same list at the same height, read anew.
 */

import { signal } from "@preact/signals";
import { Loading } from "../shared/app/loading";
import type { SalePageShape } from "../shared/wire/contract";

export type ReadPage = (words: string, after: string | null) => Promise<SalePageShape>;

export class SaleList {
  readonly words = signal("");
  readonly read: Loading<SalePageShape>;
  /** how far down it was left */
  top_px = 0;
  private wanted = 1;

  constructor(private readonly page: ReadPage) {
    this.read = new Loading(() => this.pages());
  }

  /** Look for sales by name or venue; the list begins anew. */
  search(words: string): void {
    if (words === this.words.peek()) return;
    this.words.value = words;
    this.wanted = 1;
    void this.read.again();
  }

  /** Show another page below. */
  more(): Promise<void> {
    this.wanted = (this.read.value.peek()?.items.length ?? 0) + 1;
    return this.read.again();
  }

  /** Pages from the first on, until as many are there as were shown. */
  private async pages(): Promise<SalePageShape> {
    const words = this.words.peek();
    const wanted = this.wanted;
    const items: SalePageShape["items"] = [];
    let next: string | null = null;
    do {
      const page: SalePageShape = await this.page(words, next);
      items.push(...page.items);
      next = page.next;
    } while (next !== null && items.length < wanted);
    return { items, next };
  }
}
