/**
 * Changing something that others may be changing too.
 * Guarantees: nobody leaves a form with something unsaved unasked; whoever saves second sees the difference and chooses.
 */

import { useEffect, useState } from "preact/hooks";
import { Button } from "../../shared/ui/controls";
import { Dialog } from "../../shared/ui/signs";
import { t } from "../words";
import type { Difference } from "./differences";

/** Asks before the page is left by a link, a key or the browser while `dirty`. */
export function useUnsaved(dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return;
    const leaving = (event: BeforeUnloadEvent) => event.preventDefault();
    // before the router sees it: links are followed at the document, after this
    const going = (event: MouseEvent) => {
      const link = (event.target as Element | null)?.closest?.("a[href]");
      if (!link || confirm(t("off_unsaved"))) return;
      event.preventDefault();
      event.stopPropagation();
    };
    addEventListener("beforeunload", leaving);
    document.addEventListener("click", going, true);
    return () => {
      removeEventListener("beforeunload", leaving);
      document.removeEventListener("click", going, true);
    };
  }, [dirty]);
}

interface Conflicted {
  differences: readonly Difference[] | null;
  onMine(): void;
  onTheirs(): void;
}

export function Conflict({ differences: found, onMine, onTheirs }: Conflicted) {
  const [busy, setBusy] = useState(false);
  const choose = (then: () => void) => () => {
    setBusy(true);
    then();
    setBusy(false);
  };
  return (
    <Dialog title={t("off_conflict")} open={found !== null} asks onClose={onTheirs}>
      <p>{t("off_conflict_text")}</p>
      <dl class="differences">
        {(found ?? []).map(({ name, mine, theirs }) => (
          <div key={name}>
            <dt class="tag">{name}</dt>
            <dd>
              {t("off_conflict_mine")} <ins>{mine || "–"}</ins>
            </dd>
            <dd>
              {t("off_conflict_theirs")} <del>{theirs || "–"}</del>
            </dd>
          </div>
        ))}
      </dl>
      <span class="row">
        <Button kind="main" busy={busy} onClick={choose(onMine)}>
          {t("off_conflict_keep_mine")}
        </Button>
        <Button onClick={choose(onTheirs)}>{t("off_conflict_keep_theirs")}</Button>
      </span>
    </Dialog>
  );
}
