/** The key of an order that was bought without one: chosen once, by the browser that bought, before tickets are downloaded. */

import { useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { t } from "../../shared/i18n";
import { Button, Field } from "../../shared/ui/controls";
import { Notice } from "../../shared/ui/signs";
import type { OrderAnswer } from "../../shared/wire/contract";
import type { Order } from "../../shared/wire/messages";
import { KEY_CHARS_MAX, KEY_CHARS_MIN } from "../sale/contacts";
import { chooseKey } from "../sale/orders";

export function ChooseKey({ order, onChosen }: { order: Order; onChosen(chosen: OrderAnswer): void }) {
  const [key, setKey] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const short = key.length < KEY_CHARS_MIN;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    setTried(true);
    if (short) {
      (event.currentTarget as HTMLFormElement).querySelector("input")?.focus();
      return;
    }
    setBusy(true);
    setFailure(null);
    try {
      onChosen(await chooseKey(order.code, key));
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  return (
    <form class="stack choose-key" noValidate onSubmit={(event) => void submit(event)}>
      <h2 class="step">{t("choose_key_title")}</h2>
      <Field
        label={t("key_label")}
        name="ticket-key"
        value={key}
        autocomplete="new-password"
        autocapitalize="none"
        maxLength={KEY_CHARS_MAX}
        required
        hint={t("choose_key_explained")}
        onValue={setKey}
        onLeave={() => setTried(tried || key !== "")}
        problem={tried && short ? t("issue_key_missing") : null}
      />
      {failure !== null && (
        <Notice kind="bad" urgent>
          {explain(failure)}
        </Notice>
      )}
      <span>
        <Button kind="main" type="submit" busy={busy}>
          {t("choose_key_do")}
        </Button>
      </span>
    </form>
  );
}
