/**
 * Changing something that others may be changing too.
 * Guarantees: nobody leaves a form with something unsaved unasked; whoever saves second sees the difference and chooses.
 */

import { useEffect, useState } from "preact/hooks";
import { guardLeaving } from "../../shared/app/router";
import { Button } from "../../shared/ui/controls";
import { Dialog } from "../../shared/ui/signs";
import { t } from "../words";
import type { Difference } from "./differences";

/** Asks before the page is left while `dirty`: by a link, a key, the search, back, or by closing the tab. */
export function useUnsaved(dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return;
    const closing = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", closing);
    const stop = guardLeaving(() => confirm(t("off_unsaved")));
    return () => {
      removeEventListener("beforeunload", closing);
      stop();
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
