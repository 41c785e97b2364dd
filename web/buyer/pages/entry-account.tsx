/**
 * A sale for people who are signed in, or for some of them: who is comes in at once, who isn't is led to signing in and
 * back, and whom it isn't for is told when it is for others.
 */

import { useEffect, useState } from "preact/hooks";
import { linkBuyer } from "../../shared/account/calls";
import { leadingBack } from "../../shared/account/links";
import { askWho, me } from "../../shared/account/me";
import { explain } from "../../shared/app/refusals";
import { keepCookie } from "../../shared/app/services";
import { t } from "../../shared/i18n";
import { codeOf } from "../../shared/live/errors";
import { Button, buttonClass } from "../../shared/ui/controls";
import { Notice } from "../../shared/ui/signs";
import type { EntryForm } from "../sale/entry";
import { NextPhase } from "./phases";

export function EntryAccount({ sale, failure, enter }: EntryForm) {
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    void askWho();
  }, []);
  const info = sale.info.value;
  const chosen = info?.entry === "segment";
  const outside = codeOf(failure) === "not_in_segment";
  const told = codeOf(failure) === "account_needed" ? null : explain(failure);
  const signedIn = me.value !== null && me.value?.session.state !== "half";
  const come = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await keepCookie().then(linkBuyer);
      enter();
    } catch (error) {
      setProblem(codeOf(error) === "conflict" ? t("entry_account_of_another") : explain(error));
    }
    setBusy(false);
  };
  return (
    <div class="stack">
      {!outside && <p class="lead">{t(chosen ? "entry_segment_asked" : "entry_account_asked")}</p>}
      {(problem ?? told) && <Notice kind="bad">{problem ?? told}</Notice>}
      {outside && <p>{t("entry_segment_other")}</p>}
      {outside && info && <NextPhase sale={sale} info={info} />}
      {me.value && signedIn ? (
        <Button kind={outside ? "plain" : "main"} busy={busy} onClick={() => void come()}>
          {t(outside ? "try_again" : "join_room")}
        </Button>
      ) : (
        <a class={buttonClass("main")} href={leadingBack("/account/sign-in")}>
          {t("entry_account_sign_in")}
        </a>
      )}
    </div>
  );
}
