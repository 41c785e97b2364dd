/** On a shared computer: have this browser forget who bought here, after saying what that means. */

import { useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { t } from "../../shared/i18n";
import { Button } from "../../shared/ui/controls";
import { Dialog, Notice } from "../../shared/ui/signs";
import { forgetBrowser } from "../sale/forgetting";

export function Forget() {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const forget = async () => {
    setBusy(true);
    await forgetBrowser().catch((error: unknown) => {
      setFailure(error);
      setBusy(false);
    });
  };
  return (
    <section class="stack-tight forget" aria-labelledby="forget">
      <h2 class="forget-title" id="forget">
        {t("forget_title")}
      </h2>
      <p class="soft">{t("forget_text")}</p>
      <span>
        <Button onClick={() => setAsking(true)}>{t("forget_browser")}…</Button>
      </span>
      <Dialog title={t("forget_browser")} open={asking} onClose={() => setAsking(false)}>
        <ul class="forget-means">
          <li>{t("forget_orders")}</li>
          <li>{t("forget_carts")}</li>
          <li>{t("forget_notices")}</li>
        </ul>
        {failure !== null && (
          <Notice kind="bad" urgent>
            {explain(failure)}
          </Notice>
        )}
        <span class="row">
          <Button busy={busy} onClick={() => void forget()}>
            {t("forget_yes")}
          </Button>
          <Button kind="plain" onClick={() => setAsking(false)}>
            {t("forget_no")}
          </Button>
        </span>
      </Dialog>
    </section>
  );
}
