/** The first field of a form that is wrong gets the focus, so that nobody looks for it. */

import { useEffect, useRef } from "preact/hooks";

/** For a form: moves the focus each time `tries` grows. */
export function useFirstWrong(tries: number) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (tries > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tries]);
  return form;
}
