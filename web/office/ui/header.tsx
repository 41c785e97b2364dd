/** The head of every office page: what it is, what can be done with the whole of it, and its tabs. */

import type { ComponentChildren } from "preact";
import { useTitle } from "../../shared/ui/title";
import { t } from "../words";

interface Tab {
  path: string;
  name: string;
  current: boolean;
}

interface Shown {
  title: string;
  /** names the tab that is shown in the document's title */
  subtitle?: string;
  /** where the thing is listed */
  back?: { path: string; name: string };
  lead?: ComponentChildren;
  /** badges beside the title, and buttons */
  actions?: ComponentChildren;
  tabs?: readonly Tab[];
}

export function Header({ title, subtitle, back, lead, actions, tabs = [] }: Shown) {
  useTitle([subtitle, title, t("off_title")].filter(Boolean).join(" · "));
  return (
    <header class="head">
      {back && (
        <a class="back" href={back.path}>
          {back.name}
        </a>
      )}
      <div class="spread">
        <h1 class="title">{title}</h1>
        {actions && <span class="row">{actions}</span>}
      </div>
      {lead && <p class="soft">{lead}</p>}
      {tabs.length > 1 && (
        <nav class="tabs" aria-label={title}>
          {tabs.map(({ path, name, current }) => (
            <a key={path} href={path} aria-current={current ? "page" : undefined}>
              {name}
            </a>
          ))}
        </nav>
      )}
    </header>
  );
}
