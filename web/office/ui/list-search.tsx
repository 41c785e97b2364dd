/** Where one types what a list is searched for. What was typed holds, even when one goes on at once. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Field } from "../../shared/ui/controls";
import { t } from "../words";

const TYPED_MS = 250;

export function ListSearch({ words, search }: { words: string; search: (words: string) => void }) {
  const [typed, setTyped] = useState(words);
  const waiting = useRef<string | null>(null); // typed here, and not searched for yet
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const send = () => {
    clearTimeout(timer.current);
    if (waiting.current !== null) search(waiting.current.trim());
    waiting.current = null;
  };
  useEffect(() => send, []);
  // A field that took the place of another, as a list is read anew, has what was typed into that one.
  useEffect(() => {
    if (waiting.current === null && typed.trim() !== words) setTyped(words);
  }, [words]);
  const take = (value: string) => {
    waiting.current = value;
    setTyped(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(send, TYPED_MS);
  };
  return (
    <div class="list-search">
      <Field label={t("dash_search")} type="search" value={typed} onValue={take} maxLength={80} />
    </div>
  );
}
