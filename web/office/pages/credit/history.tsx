/** What became of a credit, and revoking what is left of it. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../../shared/app/loading";
import { money } from "../../../shared/format/money";
import { ownZone } from "../../../shared/format/time";
import { locale } from "../../../shared/i18n";
import { Button } from "../../../shared/ui/controls";
import { Loaded } from "../../../shared/ui/loaded";
import { keptMoment } from "../../../shared/ui/moments";
import type { CreditEntryShape, CreditHistoryShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { DryRun } from "../../ui/dry-run";
import { type Shown, Table } from "../../ui/table";
import { tell } from "../../ui/toasts";
import { useActing } from "../settings/acting";
import { kindTold } from "./told";
import { t } from "./words";

interface HistoryProps {
  id: string;
  onClose(): void;
  onRevoked(): void;
}

export function History({ id, onClose, onRevoked }: HistoryProps) {
  const read = useMemo(
    () => new Loading(() => ask("GET /api/credit/{credit}", { parts: { credit: id } })),
    [id],
  );
  useEffect(() => void read.load(), [read]);
  return (
    <section class="stack" aria-label={t("crd_history")}>
      <Loaded of={read} part>
        {(credit) => (
          <>
            <h2 class="title">
              {kindTold(credit)}: {money(credit.balance, credit.currency, locale.value)}
            </h2>
            <Table
              name={t("crd_history")}
              columns={columns(credit.currency)}
              rows={credit.entries.map((entry, nth) => ({ ...entry, nth }))}
              id={({ nth }) => `${nth}`}
              empty={{ title: t("crd_empty"), text: t("crd_empty_text") }}
            />
            <span class="row">
              <Button onClick={onClose}>{t("crd_close")}</Button>
              {!credit.revoked && (
                <Revoke
                  credit={credit}
                  onRevoked={() => {
                    void read.again();
                    onRevoked();
                  }}
                />
              )}
            </span>
          </>
        )}
      </Loaded>
    </section>
  );
}

function columns(currency: string): Shown<CreditEntryShape & { nth: number }>[] {
  return [
    { id: "when", name: t("crd_when"), value: ({ at }) => keptMoment(at, ownZone()) },
    { id: "what", name: t("crd_what"), value: ({ kind }) => t(`crd_entry_${kind}`) },
    {
      id: "amount",
      name: t("crd_left"),
      figure: true,
      value: ({ amount }) => amount,
      shows: ({ amount }) => money(amount, currency, locale.value),
    },
    {
      id: "order",
      name: t("crd_order"),
      value: ({ order }) => order ?? "",
      shows: ({ sale, order }) =>
        sale && order ? <a href={`/office/orders/${sale}/${order}`}>{order}</a> : null,
    },
    { id: "by", name: t("crd_by"), value: ({ by }) => by },
  ];
}

function Revoke({ credit, onRevoked }: { credit: CreditHistoryShape; onRevoked(): void }) {
  const [asking, setAsking] = useState(false);
  const { busy, act, refused } = useActing();
  const revoke = () =>
    act(async () => {
      await ask("POST /api/credit/{credit}/revoke", { parts: { credit: credit.id } });
      setAsking(false);
      tell(t("crd_revoked"));
      onRevoked();
    });
  return (
    <>
      <Button kind="bad" onClick={() => setAsking(true)}>
        {t("crd_revoke")}
      </Button>
      <DryRun
        title={t("crd_revoke_asked", { what: kindTold(credit) })}
        open={asking}
        meets={[t("crd_revoke_meets", { sum: money(credit.balance, credit.currency, locale.value) })]}
        does={t("crd_revoke_yes")}
        keeps={t("crd_revoke_no")}
        busy={busy}
        onYes={() => void revoke()}
        onNo={() => setAsking(false)}
      >
        {refused}
      </DryRun>
    </>
  );
}
