/** One of a few words, chosen from a list. */

import { useId } from "preact/hooks";

interface ChooseProps<T extends string> {
  label: string;
  value: T;
  options: readonly T[];
  words(option: T): string;
  onValue(value: T): void;
}

export function Choose<T extends string>({ label, value, options, words, onValue }: ChooseProps<T>) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        class="input"
        value={value}
        onChange={(event) => onValue(event.currentTarget.value as T)}
      >
        {options.map((option) => (
          <option key={option} value={option} selected={option === value}>
            {words(option)}
          </option>
        ))}
      </select>
    </div>
  );
}
