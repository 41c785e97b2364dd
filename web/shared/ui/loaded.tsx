/** What is shown of something that is loaded: that it is on its way, that there is none, why not, or the thing itself. */

import type { ComponentChildren, ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import type { Loading } from "../app/loading";
import { explain } from "../app/refusals";
import { t } from "../i18n";
import { codeOf } from "../live/errors";
import { buttonClass } from "./controls";
import { Notice } from "./signs";

const MISSING = new Set(["unknown_sale", "not_found"]);

interface Shown<T> {
  of: Loading<T>;
  /** within a page that shows what else it has meanwhile */
  part?: boolean;
  /** said in place of a value with nothing in it */
  empty?(value: T): ComponentChildren;
  children(value: T): ComponentChildren;
}

export function Loaded<T>({ of, part, empty, children }: Shown<T>) {
  const value = of.value.value;
  const failure = of.failure.value;
  const place = part ? undefined : "page";
  if (value !== null) return <>{empty?.(value) ?? children(value)}</>;
  if (failure === null) {
    return (
      <div class={place} aria-busy="true">
        <p class="visually-hidden" role="status">
          {t("loading")}
        </p>
      </div>
    );
  }
  if (!part && MISSING.has(codeOf(failure))) return <Missing />;
  return (
    <div class={place}>
      <Notice kind="bad" action={{ label: t("try_again"), run: () => void of.again() }}>
        {explain(failure)}
      </Notice>
    </div>
  );
}

export function AllEvents() {
  return (
    <span>
      <a class={buttonClass("main")} href="/">
        {t("all_events")}
      </a>
    </span>
  );
}

export function Missing() {
  return (
    <div class="page stack">
      <h1 class="poster">{t("missing_title")}</h1>
      <p class="lead">{t("missing_text")}</p>
      <AllEvents />
    </div>
  );
}

export interface Declared<P, S, T> {
  /** what the page is about, by the parts of its address; the same for the same parts */
  of(params: P): S;
  loads(subject: S): Loading<T>;
  /** what goes on while the page is open; answers how to end it */
  begins?(subject: S): () => void;
  shows: ComponentType<{ of: S; data: T }>;
}

/** A page that declares what it loads: it is shown once that is there. */
export function page<P extends object, S, T>({ of, loads, begins, shows: Shows }: Declared<P, S, T>) {
  return function Page(params: P) {
    const subject = of(params);
    useEffect(() => {
      void loads(subject).load();
      return begins?.(subject);
    }, [subject]);
    return <Loaded of={loads(subject)}>{(data) => <Shows of={subject} data={data} />}</Loaded>;
  };
}
