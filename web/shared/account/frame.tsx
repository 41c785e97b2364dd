/** The narrow page that ways in share: a title, what it is about, a form. */

import type { ComponentChildren } from "preact";
import { useTitle } from "../ui/title";
import "./account.css";

interface Shown {
  title: string;
  lead?: ComponentChildren;
  children: ComponentChildren;
}

export function WayIn({ title, lead, children }: Shown) {
  useTitle(title);
  return (
    <div class="page way-in">
      <div class="way-in-card stack-wide">
        <header class="stack-tight">
          <h1 class="title">{title}</h1>
          {lead && <p class="soft">{lead}</p>}
        </header>
        {children}
      </div>
    </div>
  );
}

/** What a way in needs to know of the program it stands in. */
export interface Ways {
  /** "/office" or "/account": where its pages are */
  base: string;
}

/** One part of one's own account. */
export function Sheet({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="sheet stack" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
