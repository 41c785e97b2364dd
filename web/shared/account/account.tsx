/** One's own account: who one is, how one signs in, where one is signed in, and the way out. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { explain } from "../app/refusals";
import { LANGUAGES, type Language } from "../i18n";
import { Button, Field } from "../ui/controls";
import { useForm } from "../ui/form";
import { Dialog, Notice } from "../ui/signs";
import { askEmail, changeMe, closeAccount } from "./calls";
import { LinkedElsewhere, OutsideTold } from "./elsewhere";
import { Factors } from "./factors";
import { Sheet, type Ways } from "./frame";
import { Known } from "./known";
import { startAnew } from "./links";
import { askWho, me } from "./me";
import { Password } from "./own-password";
import { emailRule } from "./rules";
import { Sessions } from "./sessions";
import { t } from "./words";

function Profile() {
  const account = me.value?.account;
  const form = useForm({ name: account?.name ?? "", locale: account?.locale ?? "en" });
  const [saved, setSaved] = useState(false);
  if (!account) return null;
  const submit = form.submit(async ({ name, locale }) => {
    await changeMe(name.trim(), locale);
    await askWho();
    setSaved(true);
  });
  return (
    <Sheet title={t("acc_profile")}>
      <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
        <Field
          {...form.field("name")}
          label={t("acc_name")}
          autocomplete="name"
          maxLength={120}
          onValue={(name) => {
            setSaved(false);
            form.change({ name });
          }}
        />
        <div class="field">
          <label for="acc-locale">{t("acc_language")}</label>
          <select
            id="acc-locale"
            class="input"
            value={form.values.locale}
            onChange={(event) => {
              setSaved(false);
              form.change({ locale: event.currentTarget.value });
            }}
          >
            {(Object.entries(LANGUAGES) as [Language, string][]).map(([tag, name]) => (
              <option key={tag} value={tag} selected={tag === form.values.locale}>
                {name}
              </option>
            ))}
          </select>
        </div>
        {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
        <span class="row">
          <Button type="submit" busy={form.busy}>
            {t("acc_save")}
          </Button>
          <span role="status">{saved && t("acc_saved")}</span>
        </span>
      </form>
      <Email />
    </Sheet>
  );
}

function Email() {
  const [open, setOpen] = useState(false);
  const [sent, setSent] = useState<string | null>(null);
  const form = useForm({ email: "" }, { email: emailRule });
  const submit = form.submit(async ({ email }) => {
    await askEmail(email.trim());
    setSent(email.trim());
    setOpen(false);
  });
  return (
    <div class="stack">
      <div class="spread">
        <span>
          {t("acc_email")}: <strong>{me.value?.account.email}</strong>
        </span>
        {!open && <Button onClick={() => setOpen(true)}>{t("acc_change_email")}</Button>}
      </div>
      {sent !== null && <Notice>{t("acc_email_sent", { email: sent })}</Notice>}
      {open && (
        <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
          <Field
            {...form.field("email")}
            label={t("acc_email_new")}
            type="email"
            inputMode="email"
            autocomplete="email"
            autocapitalize="none"
            maxLength={254}
          />
          {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
          <span class="row">
            <Button type="submit" busy={form.busy}>
              {t("acc_send_link")}
            </Button>
            <Button kind="plain" onClick={() => setOpen(false)}>
              {t("acc_cancel")}
            </Button>
          </span>
        </form>
      )}
    </div>
  );
}

function Closing({ base }: Ways) {
  const [asked, ask] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const close = async () => {
    setBusy(true);
    try {
      await closeAccount();
      startAnew(base === "/office" ? "/office/sign-in" : "/");
    } catch (error) {
      setFailure(error);
      ask(false);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="stack">
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
      <span>
        <Button kind="bad" onClick={() => ask(true)}>
          {t("acc_close")}
        </Button>
      </span>
      <Dialog title={t("acc_close_asked")} open={asked} asks onClose={() => ask(false)}>
        <p>{t("acc_close_explained")}</p>
        <span class="row">
          <Button kind="bad" busy={busy} onClick={() => void close()}>
            {t("acc_close")}
          </Button>
          <Button onClick={() => ask(false)}>{t("acc_close_keep")}</Button>
        </span>
      </Dialog>
    </div>
  );
}

export function Account({ base, children }: Ways & { children?: ComponentChildren }) {
  return (
    <div class="stack-wide own-account">
      <OutsideTold />
      {children}
      <Profile />
      <Password />
      <Factors />
      <LinkedElsewhere base={base} />
      <Sessions />
      <Known base={base} />
      <Closing base={base} />
    </div>
  );
}
