/** Proving with a second factor who one is: at sign-in, and again before what is dangerous. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { explain } from "../app/refusals";
import { go } from "../app/router";
import { codeOf } from "../live/errors";
import { Button, Field } from "../ui/controls";
import { useForm } from "../ui/form";
import { Dialog, Notice } from "../ui/signs";
import { type Proof, secondFactor, secondFactorOptions, signOut } from "./calls";
import { WayIn, type Ways } from "./frame";
import { startAnew } from "./links";
import { askWho, me } from "./me";
import { PasskeyCancelled, passkeysWork, usePasskeyOf } from "./passkeys";
import { PasswordField } from "./password";
import { given } from "./rules";
import { nextOf } from "./sign-in";
import { stepUp, stepUpOptions, wanted } from "./step-up";
import { t } from "./words";

const REFUSED = new Set(["unauthorized", "wrong_code", "wrong_factor", "wrong_password", "invalid"]);
const said = (error: unknown) => (REFUSED.has(codeOf(error)) ? t("acc_code_wrong") : explain(error));

/** The strongest first. */
const WAYS = ["passkey", "totp", "password", "recovery"] as const;

interface Asked {
  /** as the server names them; what this page does not know is left out */
  methods: readonly string[];
  options(): Promise<unknown>;
  prove(proof: Proof | { password: string }): Promise<void>;
  children?: ComponentChildren;
}

/** One way at a time, the strongest first; the others one press away. */
export function Prove({ methods, options, prove, children }: Asked) {
  const order = WAYS.filter((way) => methods.includes(way) && (way !== "passkey" || passkeysWork()));
  const [chosen, choose] = useState<(typeof WAYS)[number] | null>(null);
  const way = chosen ?? order[0] ?? "totp";
  return (
    <div class="stack">
      {way === "passkey" ? (
        <ByPasskey options={options} prove={prove} />
      ) : (
        <ByText key={way} way={way} prove={prove} />
      )}
      {order
        .filter((other) => other !== way)
        .map((other) => (
          <button key={other} type="button" class="link" onClick={() => choose(other)}>
            {t(`acc_use_${other}`)}
          </button>
        ))}
      {children}
    </div>
  );
}

function ByPasskey({ options, prove }: Pick<Asked, "options" | "prove">) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const go = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await prove({ passkey: await usePasskeyOf(await options()) });
    } catch (error) {
      if (!(error instanceof PasskeyCancelled)) setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <p class="soft">{t("acc_passkey_explained")}</p>
      {failure !== null && (
        <Notice kind="bad" urgent>
          {said(failure)}
        </Notice>
      )}
      <Button kind="main" size="large" wide busy={busy} onClick={() => void go()}>
        {t("acc_use_passkey")}
      </Button>
    </>
  );
}

function ByText({ way, prove }: { way: "totp" | "recovery" | "password"; prove: Asked["prove"] }) {
  const form = useForm(
    { proof: "" },
    { proof: given(way === "password" ? "acc_password_missing" : "acc_code_missing") },
  );
  // nothing else is asked here
  useEffect(() => form.element.current?.querySelector("input")?.focus(), []);
  const submit = form.submit(({ proof }) => {
    const text = way === "password" ? proof : proof.replace(/\s/g, "");
    const body =
      way === "totp" ? { totp: text } : way === "recovery" ? { recovery: text } : { password: text };
    return prove(body);
  });
  const field = form.field("proof");
  const problem =
    form.failure !== null && REFUSED.has(codeOf(form.failure)) ? said(form.failure) : field.problem;
  return (
    <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
      {way === "password" ? (
        <PasswordField label={t("acc_password")} field={{ ...field, problem }} />
      ) : (
        <Field
          {...field}
          problem={problem}
          label={t(way === "totp" ? "acc_code" : "acc_recovery_code")}
          hint={t(way === "totp" ? "acc_code_hint" : "acc_recovery_hint")}
          inputMode={way === "totp" ? "numeric" : "text"}
          autocomplete="one-time-code"
          autocapitalize="none"
          maxLength={40}
          required
        />
      )}
      {form.failure !== null && !REFUSED.has(codeOf(form.failure)) && (
        <Notice kind="bad" urgent>
          {said(form.failure)}
        </Notice>
      )}
      <Button kind="main" size="large" wide type="submit" busy={form.busy}>
        {t("acc_go_on")}
      </Button>
    </form>
  );
}

/** Between the password and being in. */
export function SecondFactor({ base }: Ways) {
  const who = me.value;
  useEffect(() => void askWho(), []);
  useEffect(() => {
    if (who === null) go(`${base}/sign-in${location.search}`, "replace");
    else if (who?.session.state === "in") startAnew(nextOf(base));
  }, [who]);
  return (
    <WayIn title={t("acc_second_factor")} lead={t("acc_second_factor_lead")}>
      {who && (
        <Prove
          methods={[...who.account.second_factors, "recovery"]}
          options={secondFactorOptions}
          prove={async (proof) => {
            await secondFactor(proof as Proof);
            startAnew(nextOf(base));
          }}
        />
      )}
      <button
        type="button"
        class="link"
        onClick={() => void signOut().finally(() => startAnew(`${base}/sign-in`))}
      >
        {t("acc_another_account")}
      </button>
    </WayIn>
  );
}

/** Opens wherever something wants a fresh proof; turning away leaves that undone. */
export function StepUpDialog() {
  const open = wanted.value !== null;
  const account = me.value?.account;
  const methods: string[] = [...(account?.second_factors ?? [])];
  if (methods.length > 0) methods.push("recovery");
  else if (account?.has_password) methods.push("password");
  return (
    <Dialog title={t("acc_step_up")} open={open} onClose={() => wanted.peek()?.done(false)}>
      <p class="soft">{t("acc_step_up_lead")}</p>
      <Prove methods={methods} options={stepUpOptions} prove={stepUp} />
    </Dialog>
  );
}
