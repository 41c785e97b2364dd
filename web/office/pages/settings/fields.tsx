/** Fields that several settings share: in which events, until when, and a secret that is shown once. */

import { useId, useState } from "preact/hooks";
import { Button, Check } from "../../../shared/ui/controls";
import { Dialog, Notice } from "../../../shared/ui/signs";
import { events } from "./names";
import { t } from "./words";

export function Events(props: { chosen: readonly string[]; onChange(ids: string[]): void }) {
  const { chosen, onChange } = props;
  const gone = chosen.filter((id) => !events.value.some((event) => event.id === id));
  const all = [...events.value, ...gone.map((id) => ({ id, name: id }))];
  return (
    <fieldset class="stack-tight">
      <legend>{t("set_where")}</legend>
      <span class="hint">{t("set_where_hint")}</span>
      {all.map(({ id, name }) => (
        <Check
          key={id}
          label={name}
          checked={chosen.includes(id)}
          onChange={(on) => onChange(on ? [...chosen, id] : chosen.filter((one) => one !== id))}
        />
      ))}
    </fieldset>
  );
}

export function Ends(props: { label: string; hint?: string; value: string; onValue(value: string): void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.hint && (
        <span class="hint" id={`${id}-hint`}>
          {props.hint}
        </span>
      )}
      <input
        id={id}
        class="input"
        type="datetime-local"
        value={props.value}
        aria-describedby={props.hint ? `${id}-hint` : undefined}
        onInput={(event) => props.onValue(event.currentTarget.value)}
      />
    </div>
  );
}

interface Once {
  title: string;
  /** null: nothing to show */
  secret: string | null;
  example?: string;
  onClose(): void;
}

/** Shown once: who closes it can't read it again. */
export function ShownOnce({ title, secret, example, onClose }: Once) {
  const [copied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard?.writeText(secret ?? "").then(() => setCopied(true));
  const close = () => {
    setCopied(false);
    onClose();
  };
  return (
    <Dialog title={title} open={secret !== null} asks onClose={close}>
      <Notice>{t("set_once")}</Notice>
      <p class="breaks">
        <code data-testid="secret">{secret}</code>
      </p>
      {example && (
        <p class="breaks small">
          <code>{example}</code>
        </p>
      )}
      <span class="row">
        <Button kind="main" onClick={copy}>
          {t("set_copy")}
        </Button>
        <Button onClick={close}>{t("set_kept")}</Button>
        <span role="status">{copied && t("set_copied")}</span>
      </span>
    </Dialog>
  );
}

interface Chosen {
  label: string;
  value: string;
  /** value and words */
  options: readonly (readonly [string, string])[];
  onValue(value: string): void;
}

export function Choose({ label, value, options, onValue }: Chosen) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} class="input" value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        {options.map(([each, words]) => (
          <option key={each} value={each} selected={each === value}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}
