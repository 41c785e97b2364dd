/** What surrounds every office page: the shell for those who are in, a plain masthead for the ways in. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { leadingBack } from "../shared/account/links";
import { askWho, me, unknown } from "../shared/account/me";
import { explain } from "../shared/app/refusals";
import { go, path } from "../shared/app/router";
import { Choices } from "../shared/ui/choices";
import { buttonClass } from "../shared/ui/controls";
import { Notice } from "../shared/ui/signs";
import { landing, mayShow, WAYS_IN } from "./shell/places";
import { Shell } from "./shell/shell";
import { Header } from "./ui/header";
import { key, organizer, permissions } from "./who";
import { t } from "./words";

export function Frame({ children, at }: { children: ComponentChildren; at: string }) {
  const way = WAYS_IN.includes(at.replace(/\/$/, ""));
  return way ? <Plain>{children}</Plain> : <Gate>{children}</Gate>;
}

function Plain({ children }: { children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#main">
        {t("skip")}
      </a>
      <header class="masthead board-head">
        <a class="brand" href="/office" aria-label={t("off_title")}>
          <span>AFORO</span>
        </a>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <footer class="footer board-foot">
        <div>
          <span class="row">
            <Choices />
          </span>
        </div>
      </footer>
    </>
  );
}

/** Nobody's page is drawn before it is known who asks: then it is theirs, or the way in. */
function Gate({ children }: { children: ComponentChildren }) {
  const keyed = key.value !== null;
  const who = me.value;
  const half = who?.session.state === "half";
  const out = !keyed && who === null;
  const was = useRef(false);
  was.current ||= keyed || Boolean(who);
  useEffect(() => {
    if (!keyed && me.peek() === undefined) void askWho();
  }, [keyed]);
  useEffect(() => {
    // who was in until now is put out with all that was read: the page starts anew
    if (out && was.current) location.replace(leadingBack("/office/sign-in", true));
    else if (out) go(leadingBack("/office/sign-in"), "replace");
    else if (!keyed && half) go(leadingBack("/office/second-factor"), "replace");
    else if (path.peek() === "/office" && (keyed || who)) {
      const first = landing(permissions.peek());
      if (first !== "/office") go(first, "replace");
    }
  }, [out, keyed, half, who]);
  if (keyed || (who && !half)) {
    return (
      <Shell>
        <Allowed>{children}</Allowed>
      </Shell>
    );
  }
  return (
    <Plain>
      {unknown.value === null ? (
        <div aria-busy="true">
          <p class="visually-hidden" role="status">
            {t("loading")}
          </p>
        </div>
      ) : (
        <div class="page">
          <Notice kind="bad" urgent action={{ label: t("try_again"), run: () => void askWho() }}>
            {explain(unknown.value)}
          </Notice>
        </div>
      )}
    </Plain>
  );
}

/** The page, where one's permissions reach it; else why not, and what can be done about it. */
function Allowed({ children }: { children: ComponentChildren }) {
  if (key.value !== null || path.value === "/office/account") return <>{children}</>;
  const works = organizer.value;
  if (works === null) {
    return (
      <Told title={t("off_no_organizer")} text={t("off_no_organizer_text")}>
        <a class={buttonClass("main")} href="/office/register">
          {t("off_register")}
        </a>
      </Told>
    );
  }
  if (works.owed === "second_factor") {
    return (
      <Told title={t("off_factor_owed")} text={t("off_factor_owed_text", { name: works.name })}>
        <a class={buttonClass("main")} href="/office/account">
          {t("off_factor_set_up")}
        </a>
      </Told>
    );
  }
  if (!mayShow(path.value, permissions.value)) {
    return (
      <Told title={t("off_not_yours")} text={t("off_not_yours_text", { name: works.name })}>
        <a class={buttonClass()} href={landing(permissions.value)}>
          {t("off_back")}
        </a>
      </Told>
    );
  }
  return <>{children}</>;
}

function Told({ title, text, children }: { title: string; text: string; children: ComponentChildren }) {
  return (
    <div class="board">
      <Header title={title} lead={text} />
      <span>{children}</span>
    </div>
  );
}
