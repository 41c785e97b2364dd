/** The address that a sale asks for: shown to be the buyer's by the code of a letter, or by its link. */

import { useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { language, t } from "../../shared/i18n";
import { codeOf } from "../../shared/live/errors";
import { Button, Field } from "../../shared/ui/controls";
import { confirmCode, sendCode } from "../sale/contacts";
import type { EntryForm } from "../sale/entry";

export function EntryContact({ failure, enter }: EntryForm) {
  const [address, setAddress] = useState("");
  const [sent, setSent] = useState(false);
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const used = codeOf(failure) === "contact_used" ? explain(failure) : null;

  const run = async (step: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    try {
      await step();
    } catch (error) {
      setProblem(codeOf(error) === "invalid" ? t("issue_contact_invalid_contact_email") : explain(error));
    }
    setBusy(false);
  };
  const ask = async () => {
    await sendCode(address.trim(), language.value);
    setSent(true);
    setCode("");
  };
  const confirm = async () => {
    if (code.trim()) await confirmCode(address.trim(), code.trim());
    enter(); // without a code: the link of the letter was followed
  };

  return (
    <form
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void run(sent ? confirm : ask);
      }}
    >
      <p class="lead">{t("entry_contact_asked")}</p>
      {sent ? (
        <>
          <p aria-live="polite">{t("entry_contact_sent", { address: address.trim() })}</p>
          <Field
            key="code"
            label={t("entry_code")}
            hint={t("entry_contact_link")}
            value={code}
            onValue={setCode}
            problem={problem ?? used}
            inputMode="numeric"
            autocomplete="one-time-code"
            maxLength={6}
          />
        </>
      ) : (
        <Field
          key="address"
          label={t("email")}
          type="email"
          value={address}
          onValue={setAddress}
          problem={problem ?? used}
          autocomplete="email"
        />
      )}
      <span class="row">
        <Button kind="main" type="submit" busy={busy}>
          {t(sent ? "entry_code_send" : "entry_contact_send")}
        </Button>
        {sent && (
          <Button kind="plain" onClick={() => setSent(false)}>
            {t("entry_contact_other")}
          </Button>
        )}
      </span>
    </form>
  );
}
