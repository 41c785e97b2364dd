/** A sale for people who are signed in: who is comes in at once, who isn't is led to signing in and back. */

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

export function EntryAccount({ failure, enter }: EntryForm) {
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    void askWho();
  }, []);
  const used = codeOf(failure) === "account_used" ? explain(failure) : null;
  const signedIn = me.value !== null && me.value?.session.state !== "half";
  const come = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await keepCookie().then(linkBuyer);
      enter();
    } catch (error) {
      setProblem(codeOf(error) === "conflict" ? t("refused_account_used") : explain(error));
    }
    setBusy(false);
  };
  return (
    <div class="stack">
      <p class="lead">{t("entry_account_asked")}</p>
      {(problem ?? used) && <Notice kind="bad">{problem ?? used}</Notice>}
      {me.value && signedIn ? (
        <Button kind="main" busy={busy} onClick={() => void come()}>
          {t("join_room")}
        </Button>
      ) : (
        <a class={buttonClass("main")} href={leadingBack("/account/sign-in")}>
          {t("entry_account_sign_in")}
        </a>
      )}
    </div>
  );
}
