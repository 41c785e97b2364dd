/** A forgotten order key: a letter to the order's own address has a link, and that lets its reader choose another. */

import { useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { t } from "../../shared/i18n";
import { codeOf } from "../../shared/live/errors";
import { Button, Field } from "../../shared/ui/controls";
import { Notice } from "../../shared/ui/signs";
import type { OrderAnswer } from "../../shared/wire/contract";
import { KEY_CHARS_MAX, KEY_CHARS_MIN } from "../sale/contacts";
import { changeKey, forgetKey } from "../sale/orders";

/** What the link of a letter carries behind the "#"; it is taken out of the address, and so of the history. */
export function takeKeyLink(): string {
  const token = new URLSearchParams(location.hash.slice(1)).get("key");
  if (token === null) return "";
  history.replaceState(null, "", location.pathname + location.search);
  return token;
}

/** Ask for a link. What is answered doesn't say whether there is such an order. */
export function ForgottenKey({ code: given }: { code: string }) {
  const [open, setOpen] = useState(false);
  const [code, setCode] = useState("");
  const [step, setStep] = useState<"idle" | "busy" | "done">("idle");
  const [tried, setTried] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const typed = (code || given).trim();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (step === "busy" || !typed) return;
    setStep("busy");
    setFailure(null);
    try {
      await forgetKey(typed);
      setStep("done");
    } catch (error) {
      setFailure(error);
      setStep("idle");
    }
  };
  if (!open) {
    return (
      <span>
        <Button kind="plain" onClick={() => setOpen(true)}>
          {t("key_forgotten")}
        </Button>
      </span>
    );
  }
  if (step === "done") return <Notice>{t("key_letter_sent")}</Notice>;
  return (
    <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
      <h2 class="step">{t("key_forgotten")}</h2>
      <p class="soft">{t("key_forgotten_text")}</p>
      <Field
        label={t("order_code")}
        name="forgotten-code"
        value={code || given}
        onValue={setCode}
        maxLength={64}
        problem={tried && !typed ? t("order_code_missing") : null}
      />
      {failure !== null && (
        <Notice kind="bad" urgent>
          {explain(failure)}
        </Notice>
      )}
      <span>
        <Button type="submit" busy={step === "busy"}>
          {t("key_letter_do")}
        </Button>
      </span>
    </form>
  );
}

interface ChangeProps {
  code: string;
  token: string;
  onChanged(answer: OrderAnswer): void;
}

/** Choose another key, by the link that was opened. */
export function ChangeKey({ code, token, onChanged }: ChangeProps) {
  const [key, setKey] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const short = key.length < KEY_CHARS_MIN;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setTried(true);
    if (busy || short) return;
    setBusy(true);
    setFailure(null);
    try {
      onChanged(await changeKey(code, token, key));
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  const over = codeOf(failure) === "wrong_link";
  return (
    <form class="stack" noValidate onSubmit={(event) => void submit(event)}>
      <Field
        label={t("key_new")}
        name="ticket-key"
        type="password"
        value={key}
        autocomplete="new-password"
        maxLength={KEY_CHARS_MAX}
        required
        hint={t("key_new_hint")}
        onValue={setKey}
        onLeave={() => setTried(tried || key !== "")}
        problem={tried && short ? t("issue_key_missing") : null}
      />
      {failure !== null && (
        <Notice kind="bad" urgent>
          {over ? t("key_link_over") : explain(failure)}
        </Notice>
      )}
      <span>
        <Button kind="main" type="submit" busy={busy}>
          {t("choose_key_do")}
        </Button>
      </span>
      {over && <ForgottenKey code={code} />}
    </form>
  );
}
