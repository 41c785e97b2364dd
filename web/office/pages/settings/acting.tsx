/** Something done by a press: under way once, its refusal kept to be shown. */

import { useState } from "preact/hooks";
import { explain } from "../../../shared/app/refusals";
import { Notice } from "../../../shared/ui/signs";

export function useActing() {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  /** Whether it was done. */
  const act = async (does: () => Promise<unknown>): Promise<boolean> => {
    if (busy) return false;
    setBusy(true);
    setFailure(null);
    try {
      await does();
      return true;
    } catch (error) {
      setFailure(error);
      return false;
    } finally {
      setBusy(false);
    }
  };
  const refused =
    failure === null ? null : (
      <Notice kind="bad" urgent>
        {explain(failure)}
      </Notice>
    );
  return { busy, act, refused };
}
