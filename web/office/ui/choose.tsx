/** One of a few words, chosen from a list. */

import { useId } from "preact/hooks";

interface ChooseProps<T extends string> {
  label: string;
  value: T;
  options: readonly T[];
  words(option: T): string;
  onValue(value: T): void;
  problem?: string | null;
}

export function Choose<T extends string>({ label, value, options, words, onValue, problem }: ChooseProps<T>) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        class="input"
        value={value}
        aria-invalid={problem ? "true" : undefined}
        aria-describedby={problem ? `${id}-problem` : undefined}
        onChange={(event) => onValue(event.currentTarget.value as T)}
      >
        {options.map((option) => (
          <option key={option} value={option} selected={option === value}>
            {words(option)}
          </option>
        ))}
      </select>
      {problem && (
        <span class="problem" id={`${id}-problem`}>
          {problem}
        </span>
      )}
    </div>
  );
}
