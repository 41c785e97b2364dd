/** Language and theme, for the frame of every program. */

import { useId } from "preact/hooks";
import { type Theme, theme } from "../app/theme";
import { LANGUAGES, type Language, language, switchLanguage, t } from "../i18n";

function Choice<T extends string>(props: {
  label: string;
  value: T;
  choices: [T, string][];
  onChange(value: T): void;
}) {
  const id = useId();
  return (
    <span class="choice">
      <label for={id}>{props.label}</label>
      <select
        id={id}
        value={props.value}
        onChange={(change) => props.onChange(change.currentTarget.value as T)}
      >
        {props.choices.map(([value, label]) => (
          <option key={value} value={value} selected={value === props.value}>
            {label}
          </option>
        ))}
      </select>
    </span>
  );
}

export function Choices() {
  return (
    <>
      <Choice<Language>
        label={t("language")}
        value={language.value}
        choices={Object.entries(LANGUAGES) as [Language, string][]}
        onChange={(wanted) => void switchLanguage(wanted)}
      />
      <Choice<Theme>
        label={t("theme")}
        value={theme.value}
        choices={[
          ["system", t("theme_system")],
          ["light", t("theme_light")],
          ["dark", t("theme_dark")],
        ]}
        onChange={(wanted) => {
          theme.value = wanted;
        }}
      />
    </>
  );
}
