/** A code that shows more of a sale: typed here, or come by the address (`?code=`), which a new cart is brought. */

import { useEffect, useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { live } from "../../shared/app/services";
import { t } from "../../shared/i18n";
import { Button, Field } from "../../shared/ui/controls";
import type { SaleSession } from "../sale/session";

/** Keep the code of the address until there is a cart. */
export function useCodeOfAddress(sale: SaleSession): void {
  useEffect(() => {
    const code = new URLSearchParams(location.search).get("code")?.trim();
    if (code) sale.codes.add(code);
  }, [sale]);
}

/** Where nobody waits for a turn, a cart is begun for a code that came by the address. */
function useCartForCodes(sale: SaleSession): void {
  const ready = live.status.value === "live" && sale.info.value?.room === false;
  useEffect(() => {
    if (ready && sale.codes.size > 0) void sale.readCart().catch(() => sale.enter().catch(() => undefined));
  }, [ready]);
}

export function UnlockCode({ sale }: { sale: SaleSession }) {
  useCodeOfAddress(sale);
  useCartForCodes(sale);
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [open, setOpen] = useState(false);
  // a server of the release before says nothing of codes
  if (!sale.info.value?.codes) return null;
  const { types = {}, seats = [] } = (sale.cart.value?.state !== "ended" && sale.cart.value?.unlocked) || {};
  const opened = seats.reduce((sum, [, count]) => sum + count, 0);
  const shown = [...Object.values(types), ...(opened > 0 ? [t("n_seats", { n: opened })] : [])];
  const send = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await sale.unlock(code.trim());
      setCode("");
      setProblem(null);
      setOpen(false);
    } catch (error) {
      setProblem(explain(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="unlock">
      <details open={open} onToggle={(toggle) => setOpen(toggle.currentTarget.open)}>
        <summary class="small">{t("unlock_have")}</summary>
        <form class="stack" noValidate onSubmit={(event) => void send(event)}>
          <Field label={t("entry_code")} value={code} onValue={setCode} problem={problem} />
          <span>
            <Button kind="plain" type="submit" busy={busy} disabled={!code.trim()}>
              {t("unlock_send")}
            </Button>
          </span>
        </form>
      </details>
      <p class="small" role="status">
        {shown.length > 0 && t("unlock_shown", { what: shown.join(", ") })}
      </p>
    </div>
  );
}
