/** Whether the buyers of a sale may have receipts made out to a company: said at once, also while the sale runs. */

import { useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import type { FollowedSale } from "../../shared/sale/followed";
import { saleInfo } from "../../shared/sale/sales";
import { Check } from "../../shared/ui/controls";
import { Notice } from "../../shared/ui/signs";
import { changeTaxIdentity } from "../api";
import { t } from "../words";

export function ReceiptSetting({ sale }: { sale: FollowedSale }) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const info = sale.info.value;
  if (!info) return null;
  const change = async (wanted: boolean) => {
    setBusy(true);
    setFailure(null);
    try {
      sale.info.value = saleInfo(await changeTaxIdentity(sale.id, wanted));
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="panel stack" aria-labelledby="receipt-setting-title">
      <h2 class="tag" id="receipt-setting-title">
        {t("off_receipts")}
      </h2>
      <Check
        label={t("off_receipts_company")}
        checked={info.tax_identity ?? false}
        required={false}
        disabled={busy}
        onChange={(wanted) => void change(wanted)}
      />
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
    </section>
  );
}
