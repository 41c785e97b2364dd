/** The dialog in which an API key is made. Guarantees: nobody is offered more than they may themselves. */

import { useState } from "preact/hooks";
import { explain } from "../../../shared/app/refusals";
import { Button, Check, Field } from "../../../shared/ui/controls";
import { useForm } from "../../../shared/ui/form";
import { Dialog, Notice } from "../../../shared/ui/signs";
import { ask } from "../../api";
import { holdsAny } from "../../shell/places";
import { permissions } from "../../who";
import { Ends, Events } from "./fields";
import { grouped, listed, PERMISSIONS } from "./scope-list";
import { instantOf } from "./scopes";
import { t } from "./words";

export function MakingKey({ onClose, onMade }: { onClose(): void; onMade(key: string): void }) {
  const form = useForm(
    { label: "", networks: "", until: "" },
    { label: (label) => (label.trim() === "" ? t("set_label_missing") : null) },
  );
  const [scopes, setScopes] = useState<readonly string[]>([]);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [none, setNone] = useState(false);
  const offered = PERMISSIONS.filter((one) => holdsAny(permissions.value, [one]));
  const submit = form.submit(async ({ label, networks, until }) => {
    setNone(scopes.length === 0);
    if (scopes.length === 0) return;
    const { key } = await ask("POST /api/security/keys", {
      body: {
        label: label.trim(),
        scopes: [...scopes],
        events: [...chosen],
        networks: listed(networks),
        expires_at_ms: instantOf(until),
      },
    });
    onMade(key);
  });
  return (
    <Dialog title={t("set_make_key")} open asks onClose={onClose}>
      <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
        <Field {...form.field("label")} label={t("set_label")} maxLength={100} />
        {grouped(offered).map(([subject, words]) => (
          <fieldset key={subject} class="stack-tight">
            <legend>{subject}</legend>
            {words.map((word) => (
              <Check
                key={word}
                label={<code>{word}</code>}
                checked={scopes.includes(word)}
                onChange={(on) => setScopes(on ? [...scopes, word] : scopes.filter((one) => one !== word))}
              />
            ))}
          </fieldset>
        ))}
        {none && scopes.length === 0 && (
          <Notice kind="bad" urgent>
            {t("set_scopes_missing")}
          </Notice>
        )}
        <Events chosen={chosen} onChange={setChosen} />
        <Field {...form.field("networks")} label={t("set_networks")} hint={t("set_networks_hint")} />
        <Ends
          label={t("set_ends")}
          hint={t("set_ends_hint")}
          value={form.values.until}
          onValue={(until) => form.change({ until })}
        />
        {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
        <span class="row">
          <Button kind="main" type="submit" busy={form.busy}>
            {t("set_make_key")}
          </Button>
          <Button onClick={onClose}>{t("set_cancel")}</Button>
        </span>
      </form>
    </Dialog>
  );
}
