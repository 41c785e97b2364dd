/** A code that is typed at checkout: of a coupon, or of a voucher. */

import { useState } from "preact/hooks";
import { t } from "../../shared/i18n";
import { Button, Field } from "../../shared/ui/controls";
import "./code-field.css";

/** Enter sends this field, and not the form around it. */
export const onEnter = (send: () => Promise<unknown>) => (pressed: KeyboardEvent) => {
  if (pressed.key !== "Enter" || !(pressed.target instanceof HTMLInputElement)) return;
  pressed.preventDefault();
  void send();
};

interface CodeFieldProps {
  label: string;
  /** Answers what went wrong, or null. */
  send: (code: string) => Promise<unknown>;
  explained: (failure: unknown, code: string) => string;
}

export function CodeField({ label, send, explained }: CodeFieldProps) {
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  /** Sent when the field is left, as the others are, so that a press of Pay goes by it. */
  const add = async () => {
    const typed = code.trim();
    if (busy || !typed) return;
    setBusy(true);
    const failure = await send(typed);
    setBusy(false);
    if (failure === null) setCode("");
    setProblem(failure === null ? null : explained(failure, typed));
  };
  return (
    <fieldset class="code-field" onKeyDown={onEnter(add)}>
      <Field
        label={label}
        value={code}
        onValue={setCode}
        problem={problem}
        maxLength={64}
        autocapitalize="none"
        onLeave={() => void add()}
      />
      <Button kind="plain" busy={busy} disabled={!code.trim()} onClick={() => void add()}>
        {t("coupon_add")}
      </Button>
    </fieldset>
  );
}
