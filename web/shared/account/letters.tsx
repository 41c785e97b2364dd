/** Where the links of letters lead: an address is verified, a password chosen anew, another address confirmed. */

import { useEffect, useRef, useState } from "preact/hooks";
import { explain } from "../app/refusals";
import { local } from "../app/storage";
import { codeOf } from "../live/errors";
import { Button, buttonClass, Field } from "../ui/controls";
import { useForm } from "../ui/form";
import { Notice } from "../ui/signs";
import type { Me } from "../wire/contract";
import { confirmEmail, forgot, reset, verify } from "./calls";
import { WayIn, type Ways } from "./frame";
import { startAnew, takeToken } from "./links";
import { PasswordField } from "./password";
import { LetterSent } from "./register";
import { emailRule, given, newPasswordRule } from "./rules";
import { t } from "./words";

/** Links are good once and for a while: what remains to do when one is no more. */
const SPENT = new Set(["wrong_code", "not_found"]);

function saidOf(error: unknown): string {
  return SPENT.has(codeOf(error)) ? t("acc_link_spent") : explain(error);
}

/** Whoever registered because of an invitation goes on with that. */
function whereTo({ organizers }: Me, base: string): string {
  if (organizers.length > 0) return "/office";
  return local.read("invitation") === null ? base : "/office/invitation";
}

/** The token of the address, read once. */
function useToken(): string {
  const token = useRef<string | null>(null);
  token.current ??= takeToken();
  return token.current;
}

/** Asked for by a press: programs that look at letters open links, and must not use them up. */
export function Verify({ base }: Ways) {
  const token = useToken();
  const [foreign, setForeign] = useState(false);
  const form = useForm({ password: "" }, foreign ? { password: given("acc_password_missing") } : {}, {
    wrong_password: "password",
  });
  const submit = form.submit(async ({ password }) => {
    try {
      const found = await verify(token, foreign ? password : undefined);
      startAnew(whereTo(found, base));
    } catch (error) {
      if (codeOf(error) !== "password_needed") throw error;
      setForeign(true);
      form.restart(); // the field is new: nothing is missing in it yet
    }
  });
  const spent = token === "" || (form.failure !== null && SPENT.has(codeOf(form.failure)));
  return (
    <WayIn title={t("acc_verify_title")} lead={spent ? undefined : t("acc_verify_lead")}>
      {spent ? (
        <>
          <Notice kind="bad" urgent>
            {t("acc_link_spent")}
          </Notice>
          <a class={buttonClass()} href={`${base}/register`}>
            {t("acc_register")}
          </a>
        </>
      ) : (
        <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
          {foreign && (
            <PasswordField
              label={t("acc_password")}
              field={form.field("password")}
              hint={t("acc_verify_password")}
            />
          )}
          {form.failure !== null && <Notice kind="bad">{saidOf(form.failure)}</Notice>}
          <Button kind="main" size="large" wide type="submit" busy={form.busy}>
            {t("acc_verify")}
          </Button>
        </form>
      )}
    </WayIn>
  );
}

export function Forgot({ base }: Ways) {
  const form = useForm({ email: "" }, { email: emailRule });
  const [sent, setSent] = useState<string | null>(null);
  const submit = form.submit(async ({ email }) => {
    await forgot(email.trim());
    setSent(email.trim());
  });
  if (sent !== null) return <LetterSent base={base} email={sent} />;
  return (
    <WayIn title={t("acc_forgot_title")} lead={t("acc_forgot_lead")}>
      <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
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
        {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
        <Button kind="main" size="large" wide type="submit" busy={form.busy}>
          {t("acc_send_link")}
        </Button>
      </form>
      <a href={`${base}/sign-in`}>{t("acc_back_to_sign_in")}</a>
    </WayIn>
  );
}

export function Reset({ base }: Ways) {
  const token = useToken();
  const form = useForm({ password: "" }, { password: newPasswordRule }, { weak_password: "password" });
  const submit = form.submit(async ({ password }) => {
    const { state } = await reset(token, password);
    startAnew(state === "in" ? base : `${base}/second-factor`);
  });
  const spent = token === "" || (form.failure !== null && SPENT.has(codeOf(form.failure)));
  return (
    <WayIn title={t("acc_reset_title")} lead={t("acc_reset_lead")}>
      {spent ? (
        <>
          <Notice kind="bad" urgent>
            {t("acc_link_spent")}
          </Notice>
          <a class={buttonClass()} href={`${base}/forgot`}>
            {t("acc_send_link")}
          </a>
        </>
      ) : (
        <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
          <PasswordField
            label={t("acc_new_password")}
            field={form.field("password")}
            fresh={{ email: "" }}
            hint={t("acc_password_hint")}
          />
          {form.failure !== null && <Notice kind="bad">{saidOf(form.failure)}</Notice>}
          <Button kind="main" size="large" wide type="submit" busy={form.busy}>
            {t("acc_set_password")}
          </Button>
        </form>
      )}
    </WayIn>
  );
}

/** Another address for the account: the letter to it leads here. */
export function ConfirmEmail({ base }: Ways) {
  const token = useToken();
  const [state, setState] = useState<"asking" | "done" | { failure: unknown }>("asking");
  useEffect(() => {
    if (token === "") setState({ failure: null });
  }, [token]);
  const go = () =>
    confirmEmail(token).then(
      () => setState("done"),
      (failure: unknown) => setState({ failure }),
    );
  return (
    <WayIn title={t("acc_email_confirm_title")}>
      {state === "asking" && (
        <Button kind="main" size="large" wide onClick={() => void go()}>
          {t("acc_verify")}
        </Button>
      )}
      {state === "done" && <Notice>{t("acc_email_confirmed")}</Notice>}
      {typeof state === "object" && (
        <Notice kind="bad" urgent>
          {state.failure === null ? t("acc_link_spent") : saidOf(state.failure)}
        </Notice>
      )}
      <a href={base === "/office" ? "/office/account" : base}>{t("acc_to_account")}</a>
    </WayIn>
  );
}
