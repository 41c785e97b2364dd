/** Making an account. The answer is the same whether the address is known: the letter tells its owner alone. */

import { useState } from "preact/hooks";
import { explain } from "../app/refusals";
import { language } from "../i18n";
import { Button, Field } from "../ui/controls";
import { useForm } from "../ui/form";
import { Notice } from "../ui/signs";
import { register } from "./calls";
import { WayIn, type Ways } from "./frame";
import { PasswordField } from "./password";
import { emailRule, given, newPasswordRule } from "./rules";
import { t } from "./words";

interface Shown extends Ways {
  title: string;
  lead?: string;
  /** it begins with an organizer, who is named here */
  organizer?: boolean;
}

export function Register({ base, title, lead, organizer }: Shown) {
  const form = useForm(
    { organizer: "", name: "", email: "", password: "" },
    {
      email: emailRule,
      password: newPasswordRule,
      ...(organizer ? { organizer: given("acc_organizer_missing") } : {}),
    },
    { weak_password: "password" },
  );
  const [sent, setSent] = useState<string | null>(null);
  const submit = form.submit(async (typed) => {
    const email = typed.email.trim();
    await register({
      email,
      password: typed.password,
      locale: language.value,
      ...(typed.name.trim() ? { name: typed.name.trim() } : {}),
      ...(organizer ? { organizer: typed.organizer.trim() } : {}),
    });
    setSent(email);
  });
  if (sent !== null) return <LetterSent base={base} email={sent} />;
  return (
    <WayIn title={title} lead={lead}>
      <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
        {organizer && (
          <Field
            {...form.field("organizer")}
            label={t("acc_organizer")}
            hint={t("acc_organizer_hint")}
            autocomplete="organization"
            maxLength={120}
            required
          />
        )}
        <Field {...form.field("name")} label={t("acc_name")} autocomplete="name" maxLength={120} optional />
        <Field
          {...form.field("email")}
          label={t("acc_email")}
          type="email"
          inputMode="email"
          autocomplete="email"
          autocapitalize="none"
          maxLength={254}
          required
        />
        <PasswordField
          label={t("acc_password")}
          field={form.field("password")}
          fresh={{ email: form.values.email }}
          hint={t("acc_password_hint")}
        />
        {form.failure !== null && (
          <Notice kind="bad" urgent>
            {explain(form.failure)}
          </Notice>
        )}
        <Button kind="main" size="large" wide type="submit" busy={form.busy}>
          {t("acc_create")}
        </Button>
      </form>
      <p>
        {t("acc_have_account")} <a href={`${base}/sign-in${location.search}`}>{t("acc_sign_in")}</a>
      </p>
    </WayIn>
  );
}

export function LetterSent({ base, email }: Ways & { email: string }) {
  return (
    <WayIn title={t("acc_look_in_inbox")} lead={t("acc_letter_sent", { email })}>
      <p class="soft">{t("acc_letter_late")}</p>
      <a href={`${base}/sign-in`}>{t("acc_back_to_sign_in")}</a>
    </WayIn>
  );
}
