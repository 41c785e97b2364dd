/** A buyer's account: tickets of every linked browser, and what every account has. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Account } from "../../shared/account/account";
import { linkBuyer, linkedBuyers, signOut, unlinkBuyer } from "../../shared/account/calls";
import { Sheet } from "../../shared/account/frame";
import { leadingBack, startAnew } from "../../shared/account/links";
import { askWho, followAccess, me, unknown } from "../../shared/account/me";
import { StepUpDialog } from "../../shared/account/proving";
import { when } from "../../shared/account/sessions";
import { t } from "../../shared/account/words";
import { Loading } from "../../shared/app/loading";
import { explain } from "../../shared/app/refusals";
import { go } from "../../shared/app/router";
import { keepCookie } from "../../shared/app/services";
import { Button, buttonClass } from "../../shared/ui/controls";
import { Loaded } from "../../shared/ui/loaded";
import { Notice } from "../../shared/ui/signs";
import { useTitle } from "../../shared/ui/title";

function Browsers() {
  const read = useMemo(() => new Loading(linkedBuyers), []);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => void read.load(), []);
  const act = (doing: Promise<unknown>) => void doing.then(() => read.again(), setFailure);
  // the browser is known by its cookie; who only looked so far has none yet
  const link = () => act(keepCookie().then(linkBuyer));
  return (
    <Sheet title={t("my_tickets")}>
      <p class="soft">{t("acc_linked_explained")}</p>
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
      <span class="row">
        <a class={buttonClass("main")} href="/o">
          {t("my_tickets")}
        </a>
        <Button onClick={link}>{t("acc_link_browser")}</Button>
      </span>
      <Loaded of={read} part>
        {(items) =>
          items.length === 0 ? (
            <p class="soft">{t("acc_linked_none")}</p>
          ) : (
            <details>
              <summary>{t("acc_linked", { n: items.length })}</summary>
              <ul class="lines">
                {items.map(({ buyer_id, linked_at_ms }) => (
                  <li key={buyer_id}>
                    <span>{t("acc_linked_at", { time: when(linked_at_ms) })}</span>
                    <Button kind="plain" onClick={() => act(unlinkBuyer(buyer_id))}>
                      {t("acc_unlink")}
                    </Button>
                  </li>
                ))}
              </ul>
            </details>
          )
        }
      </Loaded>
    </Sheet>
  );
}

export function OwnAccount() {
  const who = me.value;
  useTitle(t("acc_account"));
  useEffect(() => {
    void askWho();
    return followAccess(() => true);
  }, []);
  useEffect(() => {
    if (who === null) go(leadingBack("/account/sign-in"), "replace");
    else if (who?.session.state === "half") go(leadingBack("/account/second-factor"), "replace");
  }, [who]);
  if (!who || who.session.state === "half") {
    return (
      <div class="page" aria-busy={unknown.value === null ? "true" : undefined}>
        {unknown.value !== null && (
          <Notice kind="bad" urgent action={{ label: t("try_again"), run: () => void askWho() }}>
            {explain(unknown.value)}
          </Notice>
        )}
      </div>
    );
  }
  return (
    <div class="page page-narrow stack-wide">
      <div class="spread">
        <h1 class="title">{who.account.name || t("acc_account")}</h1>
        <Button onClick={() => void signOut().finally(() => startAnew("/"))}>{t("acc_sign_out")}</Button>
      </div>
      <Account base="/account">
        <Browsers />
      </Account>
      <StepUpDialog />
    </div>
  );
}
