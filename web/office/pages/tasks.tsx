/** What waits for a person, with the day by which somebody has to have seen to it; disputes, and the provider's books. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../shared/app/loading";
import { now_ms } from "../../shared/app/services";
import { money } from "../../shared/format/money";
import { day, moment, ownZone } from "../../shared/format/time";
import { locale } from "../../shared/i18n";
import { Button, Check, Field } from "../../shared/ui/controls";
import { Loaded } from "../../shared/ui/loaded";
import { reader } from "../../shared/ui/moments";
import { Badge, Dialog, Notice } from "../../shared/ui/signs";
import type { DisputeShape, ReconciliationShape, TaskShape } from "../../shared/wire/contract";
import { ask } from "../api";
import { holdsAny } from "../shell/places";
import { Header } from "../ui/header";
import { Empty, type Shown, Table } from "../ui/table";
import { tell } from "../ui/toasts";
import { permissions } from "../who";
import { useActing } from "./settings/acting";
import { t } from "./tasks/words";

const LOOKS_MS = 2_000; // while a comparison runs
const RUNS_SHOWN = 5;
const DISAGREEMENTS = [
  "unknown_charge",
  "missing_charge",
  "amount_differs",
  "currency_differs",
  "missing_refund",
  "unknown_refund",
  "unread",
] as const;

const when = (at_ms: number) => moment(at_ms, ownZone(), reader.value);
const onDay = (at_ms: number) => day(new Date(at_ms).toISOString(), ownZone(), locale.value);

function says({ kind, why }: TaskShape): string {
  if (kind === "refund") return t(why === "by_hand" ? "tsk_send" : "tsk_refund");
  if (kind === "dispute") return t("tsk_dispute");
  const known = DISAGREEMENTS.find((each) => each === why);
  return known ? t(`tsk_${known}`) : why;
}

/** As people call it; an account of one's own has an id behind it. */
const nameOf = (provider: string) => (provider.startsWith("stripe:") ? "Stripe" : provider);

function Due({ at_ms }: { at_ms: number }) {
  const late = at_ms < now_ms.value;
  return (
    <Badge {...(late ? { kind: "gone" as const } : {})}>
      {t(late ? "tsk_late" : "tsk_due", { day: onDay(at_ms) })}
    </Badge>
  );
}

function Sides({ task }: { task: TaskShape }) {
  const { ours, theirs, currency } = task;
  if (ours === null || theirs === null || currency === null) return null;
  return (
    <dl class="stack-tight">
      {(
        [
          ["tsk_ours", ours],
          ["tsk_theirs", theirs],
        ] as const
      ).map(([name, amount]) => (
        <div key={name} class="spread">
          <dt class="soft">{t(name)}</dt>
          <dd class="figure">{money(amount, currency, locale.value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Task({ task, onDone }: { task: TaskShape; onDone(): Promise<void> }) {
  const { kind, id, sale, order, code, amount, currency, provider } = task;
  const { busy, act, refused } = useActing();
  const [resolving, resolve] = useState(false);
  const answer = () =>
    void act(async () => {
      await ask("POST /api/organizer/disputes/{dispute}/answer", { parts: { dispute: id } });
      tell(t("tsk_answered"));
      await onDone();
    });
  const title = says(task);
  return (
    <li class="panel stack" aria-label={title}>
      <div class="spread">
        <h2>{title}</h2>
        <Due at_ms={task.due_at_ms} />
      </div>
      <p class="soft">
        {[
          kind !== "disagreement" && amount !== null && currency && money(amount, currency, locale.value),
          code ?? order,
          provider && nameOf(provider),
          when(task.opened_at_ms),
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      {kind === "dispute" && provider && <p>{t("tsk_dispute_text", { provider: nameOf(provider) })}</p>}
      <Sides task={task} />
      {refused}
      <span class="row">
        {sale && order && code && (
          <a class="button" href={`/office/orders/${encodeURIComponent(sale)}/${encodeURIComponent(order)}`}>
            {t("tsk_see_order")}
          </a>
        )}
        {kind === "dispute" && (
          <Button busy={busy} onClick={answer}>
            {t("tsk_answer")}
          </Button>
        )}
        {kind === "disagreement" && <Button onClick={() => resolve(true)}>{t("tsk_resolve")}</Button>}
      </span>
      {kind === "disagreement" && (
        <Dialog title={title} open={resolving} onClose={() => resolve(false)}>
          <Resolve id={id} onDone={onDone} />
        </Dialog>
      )}
    </li>
  );
}

function Resolve({ id, onDone }: { id: string; onDone(): Promise<void> }) {
  const [reason, setReason] = useState("");
  const { busy, act, refused } = useActing();
  const done = () =>
    void act(async () => {
      await ask("POST /api/organizer/disagreements/{disagreement}/resolve", {
        parts: { disagreement: id },
        body: { reason },
      });
      tell(t("tsk_resolved"));
      await onDone();
    });
  return (
    <div class="stack">
      <Field
        label={t("tsk_resolve_reason")}
        hint={t("tsk_resolve_text")}
        value={reason}
        maxLength={200}
        onValue={setReason}
      />
      {refused}
      <span>
        <Button kind="main" busy={busy} disabled={reason.trim() === ""} onClick={done}>
          {t("tsk_resolve_yes")}
        </Button>
      </span>
    </div>
  );
}

const stateOf = ({ state }: DisputeShape) => t(`tsk_dispute_${state}`);

function Disputes({ items }: { items: readonly DisputeShape[] }) {
  const columns: Shown<DisputeShape>[] = [
    {
      id: "order",
      name: t("off_order"),
      value: ({ code, id }) => code ?? id,
      shows: ({ sale, order, code, id }) =>
        sale && order ? <a href={`/office/orders/${sale}/${order}`}>{code}</a> : id,
    },
    {
      id: "amount",
      name: t("tsk_amount"),
      figure: true,
      value: ({ amount }) => amount,
      shows: ({ amount, currency }) => money(amount, currency, locale.value),
    },
    { id: "state", name: t("dash_state"), value: stateOf, shows: (row) => <Badge>{stateOf(row)}</Badge> },
    {
      id: "at",
      name: t("off_when"),
      value: ({ opened_at_ms }) => opened_at_ms,
      shows: ({ opened_at_ms, ended_at_ms, answered_at_ms }) => (
        <span class="small soft">
          {answered_at_ms && !ended_at_ms
            ? t("tsk_answered_at", { time: when(answered_at_ms) })
            : when(ended_at_ms ?? opened_at_ms)}
        </span>
      ),
    },
  ];
  return (
    <section class="stack" aria-labelledby="disputes">
      <h2 class="tag" id="disputes">
        {t("tsk_disputes")}
      </h2>
      {items.length === 0 ? (
        <p class="soft">{t("tsk_disputes_none")}</p>
      ) : (
        <Table
          name={t("tsk_disputes")}
          rows={items}
          id={({ id }) => id}
          columns={columns}
          empty={{ title: t("tsk_disputes"), text: "" }}
        />
      )}
      {holdsAny(permissions.value, ["organizer:edit"]) && <Policy />}
    </section>
  );
}

/** Said at once. */
function Policy() {
  const read = useMemo(() => new Loading(() => ask("GET /api/organizer/dispute-policy")), []);
  const { busy, act, refused } = useActing();
  useEffect(() => void read.load(), [read]);
  const change = (blocks: boolean) =>
    void act(async () => {
      await ask("PUT /api/organizer/dispute-policy", { body: { blocks } });
      await read.again();
    });
  return (
    <Loaded of={read} part>
      {({ blocks }) => (
        <div class="panel stack">
          <Check
            label={t("tsk_blocks")}
            checked={blocks}
            required={false}
            disabled={busy}
            onChange={change}
          />
          {refused}
        </div>
      )}
    </Loaded>
  );
}

function progress({ state, compared, found, settled }: ReconciliationShape): string {
  const n = new Intl.NumberFormat(locale.value).format(compared);
  if (state === "waiting") return t("tsk_waiting");
  if (state === "running") return t("tsk_running", { n });
  return t("tsk_compared", { n: compared, found, settled });
}

function Comparing({ onCompared }: { onCompared(): Promise<void> }) {
  const read = useMemo(() => new Loading(() => ask("GET /api/organizer/reconciliations")), []);
  const { busy, act, refused } = useActing();
  const [running, setRunning] = useState(false);
  const look = async () => {
    await read.again();
    const under = read.value.peek()?.items.some(({ state }) => state !== "done") ?? false;
    setRunning(under);
    if (!under) await onCompared();
  };
  useEffect(() => void read.load(), [read]);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => void look(), LOOKS_MS);
    return () => clearInterval(timer);
  }, [running]);
  const compare = () =>
    void act(async () => {
      await ask("POST /api/organizer/reconciliations", { body: {} });
      tell(t("tsk_comparing_asked"));
      await read.again();
      setRunning(true);
    });
  return (
    <section class="stack" aria-labelledby="comparing">
      <h2 class="tag" id="comparing">
        {t("tsk_comparing")}
      </h2>
      <p class="soft">{t("tsk_comparing_lead")}</p>
      <Loaded of={read} part>
        {({ items }) =>
          items.length === 0 ? (
            <p class="soft">{t("tsk_comparing_none")}</p>
          ) : (
            <ul class="panel waits">
              {items.slice(0, RUNS_SHOWN).map((run) => (
                <li key={run.id}>
                  <span class="stack-tight">
                    <span>{progress(run)}</span>
                    {run.unreached.length > 0 && (
                      <Notice kind="bad">
                        {t("tsk_unreached", { names: run.unreached.map(nameOf).join(", ") })}
                      </Notice>
                    )}
                  </span>
                  <span class="small soft">
                    {run.ended_at_ms ? t("tsk_done", { time: when(run.ended_at_ms) }) : when(run.asked_at_ms)}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {refused}
      <span>
        <Button busy={busy || running} onClick={compare}>
          {t("tsk_compare")}
        </Button>
      </span>
    </section>
  );
}

/** Orders whose buyers send the money by themselves. */
function Money() {
  const read = useMemo(() => new Loading(() => ask("GET /api/organizer/money")), []);
  useEffect(() => void read.load(), [read]);
  return (
    <Loaded of={read} part>
      {({ items }) =>
        items.length > 0 && (
          <section class="stack" aria-labelledby="money">
            <h2 class="tag" id="money">
              {t("tsk_money")}
            </h2>
            <p class="soft">{t("tsk_money_lead")}</p>
            <ul class="panel waits">
              {items.map(({ sale, order, reference, amount, currency, pay_by_ms }) => (
                <li key={order}>
                  <a href={`/office/orders/${encodeURIComponent(sale)}/${encodeURIComponent(order)}`}>
                    {reference} · {money(amount, currency, locale.value)}
                  </a>
                  <Due at_ms={pay_by_ms} />
                </li>
              ))}
            </ul>
          </section>
        )
      }
    </Loaded>
  );
}

export default function Tasks() {
  const tasks = useMemo(() => new Loading(() => ask("GET /api/organizer/tasks")), []);
  const disputes = useMemo(() => new Loading(() => ask("GET /api/organizer/disputes")), []);
  const again = async () => {
    await Promise.all([tasks.again(), disputes.again()]);
  };
  useEffect(() => {
    void tasks.load();
    void disputes.load();
  }, []);
  return (
    <div class="board">
      <Header title={t("off_tasks")} lead={t("tsk_lead")} />
      <Loaded of={tasks} part>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t("tsk_none")} text={t("tsk_none_text")} />
          ) : (
            <ul class="stack approvals">
              {items.map((task) => (
                <Task key={`${task.kind} ${task.order} ${task.id}`} task={task} onDone={again} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <Money />
      <Loaded of={disputes} part>
        {({ items }) => <Disputes items={items} />}
      </Loaded>
      <Comparing onCompared={again} />
    </div>
  );
}
