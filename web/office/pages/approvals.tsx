/** What waits for a second person, decided here; and what became of what was asked. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { me } from "../../shared/account/me";
import { Loading } from "../../shared/app/loading";
import { explain } from "../../shared/app/refusals";
import { moment, ownZone } from "../../shared/format/time";
import { Button } from "../../shared/ui/controls";
import { Loaded } from "../../shared/ui/loaded";
import { reader } from "../../shared/ui/moments";
import { Badge, Notice } from "../../shared/ui/signs";
import { ask } from "../api";
import { type Approval, approvals } from "../approvals";
import { Header } from "../ui/header";
import { Empty } from "../ui/table";
import { tell } from "../ui/toasts";
import { t } from "../words";

const when = (at_ms: number) => moment(at_ms, ownZone(), reader.value);

type Deciding = "approve" | "reject";

function Open({ one, onDecided }: { one: Approval; onDecided(): Promise<void> }) {
  const [busy, setBusy] = useState<Deciding | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const own = one.asked_by === me.value?.account.id;
  const decide = async (how: Deciding) => {
    setBusy(how);
    setFailure(null);
    try {
      await ask(`POST /api/security/approvals/{approval}/${how}`, { parts: { approval: one.id } });
      tell(t(how === "approve" ? "off_approved" : own ? "off_taken_back" : "off_rejected"));
      await onDecided();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(null);
    }
  };
  return (
    <li class="panel stack" aria-label={one.words}>
      <h2>{one.words}</h2>
      <p class="soft">
        {own ? t("off_asked_by_you") : one.asker ? t("off_asked_by", { name: one.asker }) : t("off_asked")}{" "}
        {when(one.asked_at_ms)} · {t("off_decide_until", { time: when(one.until_at_ms) })}
      </p>
      {failure !== null && (
        <Notice kind="bad" urgent>
          {explain(failure)}
        </Notice>
      )}
      {own && <p>{t("off_own_ask")}</p>}
      <span class="row">
        {!own && (
          <Button kind="main" busy={busy === "approve"} onClick={() => void decide("approve")}>
            {t("off_approve")}
          </Button>
        )}
        <Button busy={busy === "reject"} onClick={() => void decide("reject")}>
          {t(own ? "off_take_back" : "off_reject")}
        </Button>
      </span>
    </li>
  );
}

function Past({ items }: { items: readonly Approval[] }) {
  return (
    <section class="stack-tight" aria-labelledby="decided">
      <h2 class="tag" id="decided">
        {t("off_decided")}
      </h2>
      <ul class="panel waits">
        {items.map((one) => (
          <li key={one.id}>
            <span>
              {one.words} <span class="small soft">{when(one.asked_at_ms)}</span>
            </span>
            <Badge>{t(`off_approval_${one.state === "open" ? "running" : one.state}`)}</Badge>
          </li>
        ))}
      </ul>
    </section>
  );
}

export default function Approvals() {
  const read = useMemo(() => new Loading(approvals), []);
  useEffect(() => void read.load(), []);
  return (
    <div class="board">
      <Header
        title={t("off_approvals")}
        back={{ path: "/office", name: t("off_today") }}
        lead={t("off_approvals_lead")}
      />
      <Loaded of={read} part>
        {(items) => {
          const open = items.filter(({ state }) => state === "open");
          const past = items.filter(({ state }) => state !== "open");
          return (
            <>
              {open.length === 0 ? (
                <Empty title={t("off_approvals_none")} text={t("off_approvals_none_text")} />
              ) : (
                <ul class="stack approvals">
                  {open.map((one) => (
                    <Open key={one.id} one={one} onDecided={() => read.again()} />
                  ))}
                </ul>
              )}
              {past.length > 0 && <Past items={past} />}
            </>
          );
        }}
      </Loaded>
    </div>
  );
}
