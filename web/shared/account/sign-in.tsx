/** Signing in: password, passkey (also offered by the browser in the field), or an account elsewhere. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { explain } from "../app/refusals";
import { query } from "../app/router";
import { codeOf } from "../live/errors";
import { Button, Field } from "../ui/controls";
import { useForm } from "../ui/form";
import { Notice } from "../ui/signs";
import type { SignedIn } from "../wire/contract";
import { passkeyOptions, passkeySignIn, signIn } from "./calls";
import { Elsewhere, OutsideTold } from "./elsewhere";
import { WayIn, type Ways } from "./frame";
import { safeNext, startAnew } from "./links";
import { offerPasskey, PasskeyCancelled, passkeysWork, usePasskeyOf } from "./passkeys";
import { PasswordField } from "./password";
import { emailRule, given } from "./rules";
import { t } from "./words";

interface Shown extends Ways {
  title: string;
  lead?: string;
  /** other ways that this program alone has */
  children?: ComponentChildren;
}

export function nextOf(base: string): string {
  return safeNext(location.search, base, base, location.origin);
}

/** Where one goes once the server has said how far one is. */
function arrived({ state }: SignedIn, base: string): void {
  if (state === "in") startAnew(nextOf(base));
  else startAnew(`${base}/second-factor${location.search}`);
}

const WRONG = new Set(["wrong_password", "unauthorized", "not_found"]);
const said = (error: unknown) => (WRONG.has(codeOf(error)) ? t("acc_sign_in_wrong") : explain(error));

/** Passkeys in the browser's own list, until the page is left or `stop` is called: a browser asks for one at a time. */
function useOffered(base: string, failed: (error: unknown) => void): () => void {
  const offer = useRef<AbortController | null>(null);
  const stop = () => offer.current?.abort();
  useEffect(() => {
    const ended = new AbortController();
    offer.current = ended;
    offerPasskey(passkeyOptions, ended.signal)
      .then((credential) => (credential === null ? null : passkeySignIn(credential)))
      .then(
        (done) => done && arrived(done, base),
        (error: unknown) => {
          if (!(error instanceof PasskeyCancelled) && !ended.signal.aborted && codeOf(error) !== "not_found")
            failed(error);
        },
      );
    return stop;
  }, [base]);
  return stop;
}

export function SignIn({ base, title, lead, children }: Shown) {
  const form = useForm(
    { email: "", password: "" },
    { email: emailRule, password: given("acc_password_missing") },
  );
  const [proving, setProving] = useState(false);
  const stopOffering = useOffered(base, form.setFailure);
  const submit = form.submit(async ({ email, password }) =>
    arrived(await signIn(email.trim(), password), base),
  );
  const byPasskey = async () => {
    stopOffering();
    form.setFailure(null);
    setProving(true);
    try {
      arrived(await passkeySignIn(await usePasskeyOf(await passkeyOptions())), base);
    } catch (error) {
      if (!(error instanceof PasskeyCancelled)) form.setFailure(error);
    } finally {
      setProving(false);
    }
  };
  return (
    <WayIn title={title} lead={lead}>
      {new URLSearchParams(query.value).has("ended") && <Notice>{t("acc_session_ended")}</Notice>}
      <OutsideTold />
      <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
        <Field
          {...form.field("email")}
          label={t("acc_email")}
          type="email"
          inputMode="email"
          autocomplete="username webauthn"
          autocapitalize="none"
          maxLength={254}
          required
        />
        <PasswordField label={t("acc_password")} field={form.field("password")} />
        {form.failure !== null && (
          <Notice kind="bad" urgent>
            {said(form.failure)}
          </Notice>
        )}
        <Button kind="main" size="large" wide type="submit" busy={form.busy}>
          {t("acc_sign_in")}
        </Button>
        <a class="link" href={`${base}/forgot`}>
          {t("acc_forgot")}
        </a>
      </form>
      <div class="stack">
        <span class="or">{t("acc_or")}</span>
        {passkeysWork() && (
          <Button wide busy={proving} onClick={() => void byPasskey()}>
            {t("acc_use_passkey")}
          </Button>
        )}
        <Elsewhere next={nextOf(base)} />
        {children}
      </div>
      <p>
        {t("acc_no_account")} <a href={`${base}/register${location.search}`}>{t("acc_register")}</a>
      </p>
    </WayIn>
  );
}
