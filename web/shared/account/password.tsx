/** Passwords: typed out of sight or in sight, and how good a new one is. */

import { useEffect, useState } from "preact/hooks";
import { Field } from "../ui/controls";
import type { Bound } from "../ui/form";
import type { StrengthShape } from "../wire/contract";
import { strength } from "./calls";
import { t } from "./words";

const TYPED_MS = 350;
const GOOD = 3;

interface Asked {
  label: string;
  field: Bound;
  /** a new one is measured, with the address that must not be in it */
  fresh?: { email: string };
  hint?: string;
}

function useStrength(password: string, email: string | null): StrengthShape | null {
  const [found, setFound] = useState<StrengthShape | null>(null);
  useEffect(() => {
    setFound(null);
    if (password === "" || email === null) return;
    let current = true;
    const timer = setTimeout(() => {
      strength(password, email || undefined).then(
        (told) => current && setFound(told),
        () => undefined, // a meter that is silent stops nobody
      );
    }, TYPED_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [password, email]);
  return found;
}

export function PasswordField({ label, field, fresh, hint }: Asked) {
  const [seen, setSeen] = useState(false);
  const told = useStrength(field.value, fresh ? fresh.email : null);
  return (
    <div class="stack-tight">
      <Field
        {...field}
        label={label}
        hint={hint}
        type={seen ? "text" : "password"}
        autocomplete={fresh ? "new-password" : "current-password"}
        autocapitalize="none"
        maxLength={256}
        required
      />
      {fresh && <Meter told={told} />}
      <button
        type="button"
        class="link shown-switch"
        aria-pressed={seen}
        onClick={() => setSeen((before) => !before)}
      >
        {t("acc_show_password")}
      </button>
    </div>
  );
}

function Meter({ told }: { told: StrengthShape | null }) {
  const score = told === null ? 0 : told.breached ? 0 : told.score;
  const words = told === null ? "" : told.breached ? t("acc_breached") : t(`acc_score_${grade(score)}`);
  return (
    <div class="stack-tight">
      <div class={score < GOOD ? "strength strength-weak" : "strength"} aria-hidden="true">
        {[1, 2, 3, 4].map((step) => (
          <span key={step} class={told !== null && step <= Math.max(1, score) ? "strength-on" : undefined} />
        ))}
      </div>
      <p class="small soft" role="status">
        {words}
      </p>
    </div>
  );
}

function grade(score: number): "weak" | "fair" | "good" | "strong" {
  if (score <= 1) return "weak";
  if (score === 2) return "fair";
  return score === GOOD ? "good" : "strong";
}
