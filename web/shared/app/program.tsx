/** Starts a program: language first, then the page of the address, each page its own chunk, within the program's frame. */

import { useSignal, useSignalEffect } from "@preact/signals";
import { type ComponentChildren, type ComponentType, render } from "preact";
import { chosenLanguage, type MoreWords, speak, t } from "../i18n";
import { Missing } from "../ui/loaded";
import { Notice } from "../ui/signs";
import { openedFor } from "./http";
import { bindDocument, type Found, find, type Page, path, type Routes, startRouter } from "./router";
import { live } from "./services";
import { session } from "./storage";
import "../ui/base.css";
import "../ui/controls.css";
import "../ui/signs.css";
import "../ui/shell.css";

export interface Program {
  routes: Routes;
  /** `at`: the address of the page that is shown, which is the one before while the next is on its way */
  frame: ComponentType<{ children: ComponentChildren; at: string }>;
  words?: MoreWords;
}

interface Shown {
  page: Page;
  at: string;
  props: Record<string, string>;
}

const propsOf = ({ pattern, params }: Found) => ({
  ...params,
  key: [pattern, ...Object.values(params)].join(" "),
});

function App({ routes, frame: Frame }: Program) {
  const shown = useSignal<Shown | null>(null);
  const failed = useSignal(false);
  useSignalEffect(() => {
    const wanted = path.value;
    const found = find(routes, wanted);
    const chunk = found && routes[found.pattern];
    if (!chunk) {
      shown.value = { page: Missing, at: wanted, props: {} };
      return;
    }
    chunk().then(
      ({ default: page }) => {
        failed.value = false;
        if (path.peek() === wanted) shown.value = { page, at: wanted, props: propsOf(found) };
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
  const { page: Page, at, props } = shown.value ?? { page: null, at: path.value, props: {} };
  return (
    <Frame at={at}>
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

export async function start(program: Program): Promise<void> {
  if (openedFor()) bindDocument();
  startRouter(program.routes);
  const first = find(program.routes, path.peek());
  const chunk = first && program.routes[first.pattern]?.(); // while the words are on their way
  chunk?.catch(() => undefined);
  await speak(chosenLanguage(), program.words);
  live.start();
  const root = document.getElementById("app");
  if (!root) return;
  root.replaceChildren(); // what stood there for those without scripts
  render(<App {...program} />, root);
}
