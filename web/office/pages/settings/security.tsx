/** Settings: security. What the organizer asks of its members, what waits for a second person, and one's own ways in. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Factors } from "../../../shared/account/factors";
import { me } from "../../../shared/account/me";
import { Password } from "../../../shared/account/own-password";
import { Sessions } from "../../../shared/account/sessions";
import { Loading } from "../../../shared/app/loading";
import { Button, Check, Field } from "../../../shared/ui/controls";
import { Loaded } from "../../../shared/ui/loaded";
import { Notice } from "../../../shared/ui/signs";
import type { ApprovalShape, PolicyBody, PolicyShape } from "../../../shared/wire/contract";
import { ask, asking } from "../../api";
import { isConflict } from "../../ui/differences";
import { useUnsaved } from "../../ui/editing";
import { tell } from "../../ui/toasts";
import { useActing } from "./acting";
import { Settings } from "./frame";
import { when } from "./names";
import { t } from "./words";

interface Policy {
  shape: PolicyShape;
  version: string | null;
}

async function readPolicy(): Promise<Policy> {
  const { body, version } = await asking("GET /api/security/policies");
  return { shape: body as PolicyShape, version };
}

export default function Security() {
  const policy = useMemo(() => new Loading(readPolicy), []);
  const approvals = useMemo(() => new Loading(() => ask("GET /api/security/approvals")), []);
  useEffect(() => {
    void policy.load();
    void approvals.load();
  }, [policy, approvals]);
  return (
    <Settings tab="security">
      <div class="stack-wide">
        <Loaded of={policy} part>
          {(seen) => <Policies key={seen.version} seen={seen} onDone={() => policy.again()} />}
        </Loaded>
        <Loaded of={approvals} part>
          {({ items }) => <Approvals items={items} onDone={() => approvals.again()} />}
        </Loaded>
        {me.value && (
          <div class="stack-wide own-account">
            <Password />
            <Factors />
            <Sessions />
          </div>
        )}
      </div>
    </Settings>
  );
}

function Policies({ seen, onDone }: { seen: Policy; onDone(): Promise<void> }) {
  const { shape, version } = seen;
  const [factor, setFactor] = useState(shape.second_factor);
  const [two, setTwo] = useState(shape.two_persons.acts.includes("sale.close"));
  const [twoBack, setTwoBack] = useState(shape.two_persons.acts.includes("order.refund"));
  const [alone, setAlone] = useState(String(shape.refund_alone_max / 100));
  const [most, setMost] = useState(String(shape.complimentary_max));
  const [changed, setChanged] = useState(false);
  const { busy, act, refused } = useActing();
  useUnsaved(
    factor !== shape.second_factor ||
      two !== shape.two_persons.acts.includes("sale.close") ||
      twoBack !== shape.two_persons.acts.includes("order.refund") ||
      alone !== String(shape.refund_alone_max / 100) ||
      most !== String(shape.complimentary_max),
  );
  const put = () =>
    act(async () => {
      const body: PolicyBody = {
        second_factor: factor,
        two_persons: {
          acts: [...(two ? (["sale.close"] as const) : []), ...(twoBack ? (["order.refund"] as const) : [])],
        },
        refund_alone_max: Math.round(Number(alone.replace(",", ".") || 0) * 100),
        complimentary_max: Number(most || 0),
      };
      try {
        await asking("PUT /api/security/policies", { body, version });
      } catch (error) {
        if (!isConflict(error)) throw error;
        setChanged(true);
      }
      await onDone();
      tell(t("set_changed"));
    });
  return (
    <section class="panel stack" aria-label={t("set_policies")}>
      <h2>{t("set_policies")}</h2>
      {changed && <Notice>{t("off_conflict_text")}</Notice>}
      <Check label={t("set_factor_for_all")} checked={factor} onChange={setFactor} />
      <Check label={t("set_two_persons")} checked={two} onChange={setTwo} />
      <Check label={t("set_two_persons_refund")} checked={twoBack} onChange={setTwoBack} />
      {twoBack && (
        <Field
          label={t("set_refund_alone")}
          value={alone}
          inputMode="numeric"
          hint={t("set_refund_alone_hint")}
          onValue={setAlone}
        />
      )}
      <Field label={t("set_complimentary")} value={most} inputMode="numeric" onValue={setMost} />
      {refused}
      <span>
        <Button busy={busy} onClick={() => void put()}>
          {t("set_save")}
        </Button>
      </span>
    </section>
  );
}

function Approvals({ items, onDone }: { items: readonly ApprovalShape[]; onDone(): Promise<void> }) {
  const { busy, act, refused } = useActing();
  const open = items.filter(({ state }) => state === "open");
  if (open.length === 0) return null;
  const decide = (approval: string, how: "approve" | "reject") =>
    void act(async () => {
      await ask(`POST /api/security/approvals/{approval}/${how}`, { parts: { approval } });
      await onDone();
    });
  return (
    <section class="stack" aria-label={t("set_approvals")}>
      <h2>{t("set_approvals")}</h2>
      {refused}
      {open.map(({ id, act: what, about, until_at_ms }) => (
        <div class="panel spread" key={id}>
          <span>
            <strong>{what}</strong> {Object.values(about).join(", ")}{" "}
            <span class="soft small">{t("set_good_for_approval", { when: when(until_at_ms) })}</span>
          </span>
          <span class="row">
            <Button kind="main" busy={busy} onClick={() => decide(id, "approve")}>
              {t("set_approve")}
            </Button>
            <Button busy={busy} onClick={() => decide(id, "reject")}>
              {t("set_reject")}
            </Button>
          </span>
        </div>
      ))}
    </section>
  );
}
