/** On a shared computer: have this browser forget who bought here, after saying what that means. */

import { useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { t } from "../../shared/i18n";
import { Button } from "../../shared/ui/controls";
import { Dialog, Notice } from "../../shared/ui/signs";
import type { OwnOrderShape } from "../../shared/wire/contract";
import { forgetBrowser } from "../sale/forgetting";

/** Orders that nothing but this browser opens: they would be lost. */
function Keyless({ orders }: { orders: readonly OwnOrderShape[] }) {
  if (orders.length === 0) return null;
  return (
    <div class="notice notice-bad">
      <div>
        <p>{t("forget_keyless")}</p>
        <ul>
          {orders.map(({ code, about }) => (
            <li key={code}>
              <a href={`/o/${code}`}>
                {about.name} · {code}
              </a>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

/** `orders`: those of this browser, as far as they are known. */
export function Forget({ orders }: { orders: readonly OwnOrderShape[] }) {
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
        <Keyless orders={orders.filter((order) => order.state === "paid" && !order.has_key)} />
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
