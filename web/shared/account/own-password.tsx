/** A password changed by who knows it, or set by who signs in without one. */

import { useState } from "preact/hooks";
import { explain } from "../app/refusals";
import { Button } from "../ui/controls";
import { useForm } from "../ui/form";
import { Notice } from "../ui/signs";
import { changePassword } from "./calls";
import { Sheet } from "./frame";
import { askWho, me } from "./me";
import { PasswordField } from "./password";
import { given, newPasswordRule } from "./rules";
import { t } from "./words";

export function Password() {
  const has = me.value?.account.has_password ?? true;
  const [open, setOpen] = useState(false);
  const [done, setDone] = useState(false);
  const form = useForm(
    { current: "", password: "" },
    { password: newPasswordRule, ...(has ? { current: given("acc_password_missing") } : {}) },
    { weak_password: "password", wrong_password: "current" },
  );
  const submit = form.submit(async ({ current, password }) => {
    await changePassword(password, has ? current : null);
    await askWho();
    form.restart();
    setOpen(false);
    setDone(true);
  });
  return (
    <Sheet title={t("acc_password")}>
      {done && <Notice>{t("acc_password_changed")}</Notice>}
      {!has && !open && <p class="soft">{t("acc_no_password")}</p>}
      {open ? (
        <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
          {has && <PasswordField label={t("acc_current_password")} field={form.field("current")} />}
          <PasswordField
            label={t("acc_new_password")}
            field={form.field("password")}
            fresh={{ email: me.value?.account.email ?? "" }}
            hint={t("acc_password_hint")}
          />
          {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
          <span class="row">
            <Button type="submit" busy={form.busy}>
              {t("acc_set_password")}
            </Button>
            <Button kind="plain" onClick={() => setOpen(false)}>
              {t("acc_cancel")}
            </Button>
          </span>
        </form>
      ) : (
        <span>
          <Button
            onClick={() => {
              setDone(false);
              setOpen(true);
            }}
          >
            {t(has ? "acc_change_password" : "acc_set_password")}
          </Button>
        </span>
      )}
    </Sheet>
  );
}
