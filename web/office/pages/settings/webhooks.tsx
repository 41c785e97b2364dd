/** Settings: webhooks. Where events are sent, whether they arrive, and sending them again. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../../shared/app/loading";
import { explain } from "../../../shared/app/refusals";
import { Button, Field } from "../../../shared/ui/controls";
import { useForm } from "../../../shared/ui/form";
import { Loaded } from "../../../shared/ui/loaded";
import { Badge, Dialog, Notice } from "../../../shared/ui/signs";
import type { DeliveryShape, WebhookShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { DryRun } from "../../ui/dry-run";
import { type Shown, Table } from "../../ui/table";
import { tell } from "../../ui/toasts";
import { useActing } from "./acting";
import { ShownOnce } from "./fields";
import { Settings } from "./frame";
import { when } from "./names";
import { listed } from "./scope-list";
import { t } from "./words";

const nameOf = ({ label, url }: WebhookShape) => label || url;

function stateOf({ paused, failing_since }: WebhookShape): string {
  if (paused === "by_hand") return t("set_paused");
  if (paused !== null) return t("set_stopped");
  return t(failing_since === null ? "set_works" : "set_failing");
}

export default function Webhooks() {
  const hooks = useMemo(() => new Loading(() => ask("GET /api/webhooks")), []);
  const [making, make] = useState(false);
  const [secret, show] = useState<string | null>(null);
  const [deleting, remove] = useState<WebhookShape | null>(null);
  const [looking, look] = useState<WebhookShape | null>(null);
  const { busy, act, refused } = useActing();
  useEffect(() => void hooks.load(), [hooks]);
  const steer = (hook: WebhookShape, how: "pause" | "resume") =>
    act(async () => {
      await ask(`POST /api/webhooks/{webhook}/${how}`, { parts: { webhook: hook.id } });
      await hooks.again();
    });
  const test = (hook: WebhookShape) =>
    act(async () => {
      await ask("POST /api/webhooks/{webhook}/test", { parts: { webhook: hook.id } });
      tell(t("set_tested"));
    });
  const forget = () =>
    act(async () => {
      if (deleting) await ask("DELETE /api/webhooks/{webhook}", { parts: { webhook: deleting.id } });
      remove(null);
      await hooks.again();
    });
  const columns: Shown<WebhookShape>[] = [
    {
      id: "name",
      name: t("set_label"),
      value: nameOf,
      shows: (hook) => <span class="breaks">{nameOf(hook)}</span>,
    },
    { id: "topics", name: t("set_topics"), value: ({ topics }) => topics.join(", "), wide: true },
    { id: "state", name: t("set_state"), value: stateOf, shows: (hook) => <Badge>{stateOf(hook)}</Badge> },
    { id: "due", name: t("set_due"), value: ({ due }) => due, figure: true },
    {
      id: "do",
      name: t("set_actions"),
      value: () => null,
      plain: true,
      shows: (hook) => (
        <span class="row">
          <Button onClick={() => look(hook)}>{t("set_deliveries")}</Button>
          <Button onClick={() => void test(hook)}>{t("set_test")}</Button>
          <Button onClick={() => void steer(hook, hook.paused === null ? "pause" : "resume")}>
            {t(hook.paused === null ? "set_pause" : "set_resume")}
          </Button>
          <Button kind="plain" onClick={() => remove(hook)}>
            {t("set_delete")}
          </Button>
        </span>
      ),
    },
  ];
  const button = (
    <Button kind="main" onClick={() => make(true)}>
      {t("set_make_webhook")}
    </Button>
  );
  return (
    <Settings tab="webhooks">
      {deleting === null && refused}
      <Loaded of={hooks}>
        {({ items }) => (
          <Table
            name={t("off_settings_webhooks")}
            columns={columns}
            rows={items}
            id={({ id }) => id}
            empty={{ title: t("set_no_webhooks"), text: t("set_no_webhooks_text"), action: button }}
            tools={button}
          />
        )}
      </Loaded>
      {making && (
        <Making
          onClose={() => make(false)}
          onMade={(made) => {
            make(false);
            show(made);
            void hooks.again();
          }}
        />
      )}
      <ShownOnce title={t("set_new_secret")} secret={secret} onClose={() => show(null)} />
      {looking && <Deliveries of={looking} onClose={() => look(null)} />}
      <DryRun
        title={t("set_delete_asked", { name: deleting ? nameOf(deleting) : "" })}
        open={deleting !== null}
        does={t("set_delete")}
        keeps={t("set_keep")}
        busy={busy}
        onYes={() => void forget()}
        onNo={() => remove(null)}
      >
        <p>{t("set_delete_text", { n: deleting?.due ?? 0 })}</p>
        {refused}
      </DryRun>
    </Settings>
  );
}

function Making({ onClose, onMade }: { onClose(): void; onMade(secret: string): void }) {
  const form = useForm(
    { label: "", url: "https://", topics: "" },
    {
      url: (url) => (/^https?:\/\/\S+$/.test(url.trim()) ? null : t("set_url_missing")),
      topics: (topics) => (listed(topics).length > 0 ? null : t("set_topics_missing")),
    },
  );
  const submit = form.submit(async ({ label, url, topics }) => {
    const body = { label: label.trim(), url: url.trim(), topics: listed(topics) };
    onMade((await ask("POST /api/webhooks", { body })).secret);
  });
  return (
    <Dialog title={t("set_make_webhook")} open asks onClose={onClose}>
      <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
        <Field {...form.field("label")} label={t("set_label")} maxLength={100} optional />
        <Field {...form.field("url")} label={t("set_url")} />
        <Field {...form.field("topics")} label={t("set_topics")} hint={t("set_topics_hint")} />
        {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
        <span class="row">
          <Button kind="main" type="submit" busy={form.busy}>
            {t("set_make_webhook")}
          </Button>
          <Button onClick={onClose}>{t("set_cancel")}</Button>
        </span>
      </form>
    </Dialog>
  );
}

function Deliveries({ of, onClose }: { of: WebhookShape; onClose(): void }) {
  const parts = { webhook: of.id };
  const read = useMemo(
    () => new Loading(() => ask("GET /api/webhooks/{webhook}/deliveries", { parts })),
    [of.id],
  );
  const { busy, act, refused } = useActing();
  useEffect(() => void read.load(), [read]);
  const replay = (delivery: DeliveryShape) =>
    void act(async () => {
      const one = { parts: { ...parts, delivery: delivery.id } };
      await ask("POST /api/webhooks/{webhook}/deliveries/{delivery}/replay", one);
      await read.again();
    });
  return (
    <Dialog title={t("set_deliveries_of", { name: nameOf(of) })} open onClose={onClose}>
      {refused}
      <Loaded of={read} part>
        {({ items }) => (
          <div class="stack">
            {items.length === 0 && <p class="soft">{t("set_no_deliveries")}</p>}
            {items.map((one) => (
              <div class="panel spread" key={one.id}>
                <span class="breaks">
                  <strong>{one.topic}</strong> {t(`set_delivery_${one.state}`)}
                  <br />
                  <span class="soft small">
                    {[
                      when(Date.parse(one.created_at)),
                      t("set_tries", { n: one.tries }),
                      one.status,
                      one.fault,
                    ]
                      .filter(Boolean)
                      .join(" · ")}
                  </span>
                </span>
                <Button busy={busy} onClick={() => replay(one)}>
                  {t("set_replay")}
                </Button>
              </div>
            ))}
          </div>
        )}
      </Loaded>
    </Dialog>
  );
}
