/** Setting up an authenticator app: scan, show one code, keep the recovery codes. */

import { useEffect, useRef, useState } from "preact/hooks";
import { explain } from "../app/refusals";
import { codeOf } from "../live/errors";
import { Button, Field } from "../ui/controls";
import { useForm } from "../ui/form";
import { Notice } from "../ui/signs";
import type { TotpSecretShape } from "../wire/contract";
import { beginTotp, confirmTotp } from "./calls";
import { given } from "./rules";
import { t } from "./words";

const GROUP = 4;
const grouped = (secret: string) => secret.match(new RegExp(`.{1,${GROUP}}`, "g"))?.join(" ") ?? secret;

/** The server's drawing, taken as a drawing: nothing in it can run. */
function Drawing({ svg }: { svg: string }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    if (parsed.nodeName !== "svg") return;
    for (const part of parsed.querySelectorAll("script, style, foreignObject, a")) part.remove();
    parsed.setAttribute("aria-hidden", "true");
    place.current?.replaceChildren(document.importNode(parsed, true));
  }, [svg]);
  return <div class="qr-code" ref={place} />;
}

export function SetUpTotp(props: { onDone(codes: readonly string[]): void; onCancel(): void }) {
  const [begun, setBegun] = useState<TotpSecretShape | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const form = useForm({ code: "" }, { code: given("acc_code_missing") });
  useEffect(() => {
    beginTotp().then(setBegun, setFailure);
  }, []);
  const submit = form.submit(async ({ code }) =>
    props.onDone((await confirmTotp(code.replace(/\s/g, ""))).recovery),
  );
  const refused = form.failure === null ? "" : codeOf(form.failure);
  const wrong = ["wrong_code", "invalid", "wrong_factor", "unauthorized"].includes(refused);
  const field = form.field("code");
  return (
    <div class="stack">
      <h3>{t("acc_app")}</h3>
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
      {begun !== null && (
        <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
          <p>{t("acc_scan")}</p>
          <Drawing svg={begun.qr} />
          <p class="small">
            {t("acc_secret")} <span class="secret">{grouped(begun.secret)}</span>
          </p>
          <Field
            {...field}
            problem={wrong ? t("acc_code_wrong") : field.problem}
            label={t("acc_code")}
            hint={t("acc_code_hint")}
            inputMode="numeric"
            autocomplete="one-time-code"
            maxLength={12}
          />
          {form.failure !== null && !wrong && <Notice kind="bad">{explain(form.failure)}</Notice>}
          <span class="row">
            <Button kind="main" type="submit" busy={form.busy}>
              {t("acc_verify")}
            </Button>
            <Button kind="plain" onClick={props.onCancel}>
              {t("acc_cancel")}
            </Button>
          </span>
        </form>
      )}
    </div>
  );
}

/** Shown once. */
export function Recovery({ codes, onKept }: { codes: readonly string[]; onKept(): void }) {
  const [copied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard?.writeText(codes.join("\n")).then(
      () => setCopied(true),
      () => undefined, // they stand on the page all the same
    );
  return (
    <div class="stack">
      <h3>{t("acc_recovery")}</h3>
      <p>{t("acc_recovery_keep")}</p>
      <ul class="codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <span class="row">
        <Button kind="main" onClick={onKept}>
          {t("acc_recovery_kept")}
        </Button>
        <Button onClick={() => void copy()}>{t(copied ? "acc_copied" : "acc_copy")}</Button>
      </span>
    </div>
  );
}
