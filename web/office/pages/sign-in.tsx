/** Into the office: by password, passkey, an account elsewhere, or an API key where there are no accounts. */

import { useState } from "preact/hooks";
import { nextOf, SignIn } from "../../shared/account/sign-in";
import { explain } from "../../shared/app/refusals";
import { go } from "../../shared/app/router";
import { live } from "../../shared/app/services";
import { codeOf } from "../../shared/live/errors";
import { Button, Field } from "../../shared/ui/controls";
import { useForm } from "../../shared/ui/form";
import { Notice } from "../../shared/ui/signs";
import { logIn } from "../api";
import { t } from "../words";

function ByKey() {
  const form = useForm({ key: "" }, { key: (typed) => (typed.trim() === "" ? t("dash_key_missing") : null) });
  const submit = form.submit(async ({ key }) => {
    await logIn(key.trim());
    live.introduce();
    go(nextOf("/office"), "replace");
  });
  const wrong = form.failure !== null && codeOf(form.failure) === "unauthorized";
  const field = form.field("key");
  return (
    <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
      <Field
        {...field}
        label={t("dash_key")}
        hint={t("dash_key_hint")}
        type="password"
        name="api-key"
        maxLength={200}
        problem={wrong ? t("dash_key_wrong") : field.problem}
        required
      />
      {form.failure !== null && !wrong && <Notice kind="bad">{explain(form.failure)}</Notice>}
      <Button kind="main" wide type="submit" busy={form.busy}>
        {t("dash_log_in")}
      </Button>
    </form>
  );
}

export default function Page() {
  const [open, setOpen] = useState(false);
  return (
    <SignIn base="/office" title={t("off_sign_in")} lead={t("off_sign_in_lead")}>
      {open ? (
        <ByKey />
      ) : (
        <Button kind="plain" onClick={() => setOpen(true)}>
          {t("off_use_key")}
        </Button>
      )}
    </SignIn>
  );
}
