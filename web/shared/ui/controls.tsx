/** Buttons, fields, steppers, switches: what people touch. */

import type { ComponentChildren, TargetedMouseEvent } from "preact";
import { useId } from "preact/hooks";
import { t } from "../i18n";

export interface ButtonProps {
  kind?: "main" | "plain" | "bad";
  size?: "large";
  wide?: boolean;
  /** under way: stays in place, cannot be pressed again */
  busy?: boolean;
  disabled?: boolean;
  type?: "button" | "submit";
  "aria-label"?: string;
  "aria-expanded"?: boolean;
  "aria-controls"?: string | undefined;
  onClick?(click: TargetedMouseEvent<HTMLButtonElement>): void;
  children: ComponentChildren;
}

export function buttonClass(kind?: string, size?: string, wide?: boolean): string {
  const kinds = kind ? `button button-${kind}` : "button";
  return `${kinds}${size ? ` button-${size}` : ""}${wide ? " button-wide" : ""}`;
}

export function Button({ kind, size, wide, busy, type = "button", children, onClick, ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      class={buttonClass(kind, size, wide)}
      aria-disabled={busy ? "true" : undefined}
      aria-busy={busy ? "true" : undefined}
      onClick={(click) => {
        if (busy) click.preventDefault();
        else onClick?.(click);
      }}
    >
      {children}
    </button>
  );
}

export interface FieldProps {
  label: string;
  value: string;
  onValue(value: string): void;
  onLeave?(): void;
  hint?: string | undefined;
  problem?: string | null | undefined;
  type?: "text" | "email" | "tel" | "password" | "search" | "datetime-local" | "date" | "time";
  autocomplete?: string;
  inputMode?: "text" | "numeric" | "email" | "tel" | "search";
  disabled?: boolean;
  maxLength?: number;
  name?: string;
  optional?: boolean;
  required?: boolean;
  spellcheck?: boolean;
  /** where capitals would be typed that nobody meant */
  autocapitalize?: "none" | "words";
  placeholder?: string;
}

interface Written {
  id: string;
  "aria-required": "true" | undefined;
  "aria-invalid": "true" | undefined;
  "aria-describedby": string | undefined;
}

/** What stands around a place to write in: its label, a hint, what is wrong with it. */
function Labelled({
  of: props,
  children,
}: {
  of: Omit<FieldProps, "onValue">;
  children(written: Written): ComponentChildren;
}) {
  const id = useId();
  const described = [props.hint && `${id}-hint`, props.problem && `${id}-problem`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>
        {props.label}
        {props.optional && <span class="faint small"> · {t("optional")}</span>}
      </label>
      {props.hint && (
        <span class="hint" id={`${id}-hint`}>
          {props.hint}
        </span>
      )}
      {children({
        id,
        "aria-required": props.required ? "true" : undefined,
        "aria-invalid": props.problem ? "true" : undefined,
        "aria-describedby": described || undefined,
      })}
      {props.problem && (
        <span class="problem" id={`${id}-problem`}>
          {props.problem}
        </span>
      )}
    </div>
  );
}

export function Field(props: FieldProps) {
  return (
    <Labelled of={props}>
      {(written) => (
        <input
          class="input"
          name={props.name}
          type={(props.type ?? "text") as "text"}
          value={props.value}
          onInput={(input) => props.onValue(input.currentTarget.value)}
          onBlur={() => props.onLeave?.()}
          autocomplete={props.autocomplete ?? "off"}
          inputMode={props.inputMode}
          disabled={props.disabled}
          maxLength={props.maxLength}
          spellcheck={props.spellcheck ?? false}
          autocapitalize={props.autocapitalize}
          placeholder={props.placeholder}
          {...written}
        />
      )}
    </Labelled>
  );
}

export interface ParagraphProps extends Omit<FieldProps, "type" | "autocomplete" | "inputMode"> {
  rows?: number;
}

/** Where more than a line is written. */
export function Paragraph(props: ParagraphProps) {
  return (
    <Labelled of={props}>
      {(written) => (
        <textarea
          class="input"
          name={props.name}
          rows={props.rows ?? 3}
          maxLength={props.maxLength}
          value={props.value}
          onInput={(input) => props.onValue(input.currentTarget.value)}
          onBlur={() => props.onLeave?.()}
          disabled={props.disabled}
          placeholder={props.placeholder}
          spellcheck={props.spellcheck}
          {...written}
        />
      )}
    </Labelled>
  );
}

export interface CheckProps {
  label: ComponentChildren;
  checked: boolean;
  disabled?: boolean;
  /** whether it has to be ticked, as most do */
  required?: boolean;
  problem?: string | null;
  onChange(checked: boolean): void;
}

/** A box to tick. */
export function Check({ label, checked, disabled, required = true, problem, onChange }: CheckProps) {
  const id = useId();
  return (
    <div class="field">
      <label class="check" for={id}>
        <input
          id={id}
          type="checkbox"
          checked={checked}
          disabled={disabled}
          aria-required={required ? "true" : undefined}
          aria-invalid={problem ? "true" : undefined}
          aria-describedby={problem ? `${id}-problem` : undefined}
          onChange={(change) => onChange(change.currentTarget.checked)}
        />
        <span>{label}</span>
      </label>
      {problem && (
        <span class="problem" id={`${id}-problem`}>
          {problem}
        </span>
      )}
    </div>
  );
}

export interface StepperProps {
  label: string;
  value: number;
  min?: number;
  max: number;
  busy?: boolean;
  onChange(value: number): void;
}

export function Stepper({ label, value, min = 0, max, busy, onChange }: StepperProps) {
  const set = (wanted: number) => {
    if (!busy && wanted >= min && wanted <= max) onChange(wanted);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would be announced with a legend per stepper
    <span class="stepper" role="group" aria-label={label} aria-busy={busy ? "true" : undefined}>
      <button type="button" aria-label={t("one_less")} disabled={value <= min} onClick={() => set(value - 1)}>
        −
      </button>
      <output aria-live="polite">{value}</output>
      <button type="button" aria-label={t("one_more")} disabled={value >= max} onClick={() => set(value + 1)}>
        +
      </button>
    </span>
  );
}

export interface SwitchProps<T extends string> {
  label: string;
  value: T;
  choices: readonly { value: T; label: string }[];
  onChange(value: T): void;
}

export function Switch<T extends string>({ label, value, choices, onChange }: SwitchProps<T>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would be announced with a legend
    <span class="switch" role="group" aria-label={label}>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          aria-pressed={choice.value === value}
          onClick={() => onChange(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </span>
  );
}
