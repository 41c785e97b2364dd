/** Ending a coupon, once it is said what that does. */

import { useState } from "preact/hooks";
import { Button } from "../../../shared/ui/controls";
import type { CouponShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { DryRun } from "../../ui/dry-run";
import { tell } from "../../ui/toasts";
import { useActing } from "../settings/acting";
import { t } from "./words";

interface Ending {
  coupon: CouponShape;
  /** what it took off so far, in words */
  off: string;
  onEnded(): void;
}

export function End({ coupon, off, onEnded }: Ending) {
  const [asking, setAsking] = useState(false);
  const { busy, act, refused } = useActing();
  const end = () =>
    act(async () => {
      await ask("POST /api/coupons/{coupon}/end", { parts: { coupon: coupon.id } });
      setAsking(false);
      tell(t("ofr_ended"));
      onEnded();
    });
  return (
    <>
      <Button kind="bad" onClick={() => setAsking(true)}>
        {t("ofr_end")}
      </Button>
      <DryRun
        title={t("ofr_end_asked", { name: coupon.name })}
        open={asking}
        meets={[
          t("ofr_end_text"),
          coupon.uses === 0 ? t("ofr_end_none") : t("ofr_end_keeps", { n: coupon.uses, sum: off }),
        ]}
        does={t("ofr_end_yes")}
        keeps={t("ofr_end_no")}
        busy={busy}
        onYes={() => void end()}
        onNo={() => setAsking(false)}
      >
        {refused}
      </DryRun>
    </>
  );
}
