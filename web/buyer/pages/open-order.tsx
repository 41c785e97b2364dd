/** Opening an order with its purchase code and the key its buyer chose. */

import { useRef, useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { t } from "../../shared/i18n";
import { Button, Field } from "../../shared/ui/controls";
import { Notice } from "../../shared/ui/signs";
import type { OrderAnswer } from "../../shared/wire/contract";
import { openOrder } from "../sale/orders";
import { ForgottenKey } from "./forgotten-key";

interface Props {
  code: string | null;
  /** beside what the page is about, not the next thing to do */
  aside?: boolean;
  onOpened(answer: OrderAnswer): void;
}

export function OpenOrder({ code: given, aside, onOpened }: Props) {
  const [code, setCode] = useState(given ?? "");
  const [key, setKey] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const form = useRef<HTMLFormElement>(null);

  const open = async (submit: Event) => {
    submit.preventDefault();
    if (busy) return;
    setTried(true);
    if (!code.trim() || !key) {
      setFailure(null);
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return;
    }
    setBusy(true);
    try {
      const answer = await openOrder(code.trim(), key);
      setFailure(null);
      onOpened(answer);
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="stack">
      <form class="stack" noValidate ref={form} onSubmit={(submit) => void open(submit)}>
        <Field
          label={t("order_code")}
          name="code"
          value={code}
          onValue={setCode}
          maxLength={64}
          problem={tried && !code.trim() ? t("order_code_missing") : null}
        />
        <Field
          label={t("key_label")}
          name="ticket-key"
          type="password"
          autocomplete="current-password"
          value={key}
          onValue={setKey}
          maxLength={200}
          problem={tried && !key ? t("order_key_missing") : null}
        />
        {failure !== null && (
          <Notice kind="bad" urgent>
            {explain(failure)}
          </Notice>
        )}
        <span>
          <Button {...(aside ? {} : { kind: "main", size: "large" })} type="submit" busy={busy}>
            {t("open_order")}
          </Button>
        </span>
      </form>
      <ForgottenKey code={code} />
    </div>
  );
}
