/** Where one types what a list is searched for. What was typed holds, even when one goes on at once. */

import { useEffect, useRef, useState } from "preact/hooks";
import { Field } from "../../shared/ui/controls";
import { t } from "../words";

const TYPED_MS = 250;

export function ListSearch({ words, search }: { words: string; search: (words: string) => void }) {
  const [typed, setTyped] = useState(words);
  const latest = useRef(words);
  useEffect(() => {
    const timer = setTimeout(() => search(typed.trim()), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  useEffect(() => () => search(latest.current.trim()), []);
  const take = (value: string) => {
    latest.current = value;
    setTyped(value);
  };
  return (
    <div class="list-search">
      <Field label={t("dash_search")} type="search" value={typed} onValue={take} maxLength={80} />
    </div>
  );
}
