/** Guest links: made for one event, shown once, taken back. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../../shared/app/loading";
import { explain } from "../../../shared/app/refusals";
import { Button, Field } from "../../../shared/ui/controls";
import { useForm } from "../../../shared/ui/form";
import { Loaded } from "../../../shared/ui/loaded";
import { Dialog, Notice } from "../../../shared/ui/signs";
import { ask } from "../../api";
import { useActing } from "./acting";
import { Ends, ShownOnce } from "./fields";
import { events, named, when } from "./names";
import { instantOf } from "./scopes";
import { t } from "./words";

const read = async () => {
  const { items } = await ask("GET /api/security/guest-links");
  return items.filter(({ revoked_at_ms }) => revoked_at_ms === null);
};

export function Guests() {
  const links = useMemo(() => new Loading(read), []);
  const [making, make] = useState(false);
  const [link, show] = useState<string | null>(null);
  const { busy, act, refused } = useActing();
  useEffect(() => void links.load(), [links]);
  const revoke = (guest: string) =>
    void act(async () => {
      await ask("DELETE /api/security/guest-links/{guest}", { parts: { guest } });
      await links.again();
    });
  return (
    <section class="stack" aria-label={t("set_guests")}>
      <div class="spread">
        <h2>{t("set_guests")}</h2>
        <Button onClick={() => make(true)}>{t("set_make_guest")}</Button>
      </div>
      <p class="soft">{t("set_guests_text")}</p>
      {refused}
      <Loaded of={links} part>
        {(items) => (
          <div class="stack">
            {items.map((one) => (
              <div class="panel spread" key={one.id}>
                <span>
                  <strong>{one.label}</strong>{" "}
                  <span class="soft small">
                    {t("set_until", { what: named(one.event), when: when(one.until_at_ms) })}
                  </span>
                </span>
                <Button busy={busy} onClick={() => revoke(one.id)}>
                  {t("set_take_back")}
                </Button>
              </div>
            ))}
          </div>
        )}
      </Loaded>
      {making && (
        <Making
          onClose={() => make(false)}
          onMade={(made) => {
            make(false);
            show(made);
            void links.again();
          }}
        />
      )}
      <ShownOnce title={t("set_make_guest")} secret={link} onClose={() => show(null)} />
    </section>
  );
}

function Making({ onClose, onMade }: { onClose(): void; onMade(link: string): void }) {
  const form = useForm(
    { label: "", event: events.value[0]?.id ?? "", until: "" },
    { label: (label) => (label.trim() === "" ? t("set_label_missing") : null) },
  );
  const [endless, setEndless] = useState(false);
  const submit = form.submit(async ({ label, event, until }) => {
    const until_at_ms = instantOf(until);
    setEndless(until_at_ms === null);
    if (until_at_ms === null) return;
    const body = { label: label.trim(), permission: "sale:read" as const, about: { event }, until_at_ms };
    onMade((await ask("POST /api/security/guest-links", { body })).link);
  });
  return (
    <Dialog title={t("set_make_guest")} open asks onClose={onClose}>
      <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
        <Field {...form.field("label")} label={t("set_label")} maxLength={100} />
        <div class="field">
          <label for="set-event">{t("set_where")}</label>
          <select
            id="set-event"
            class="input"
            value={form.values.event}
            onChange={(event) => form.change({ event: event.currentTarget.value })}
          >
            {events.value.map(({ id, name }) => (
              <option key={id} value={id} selected={id === form.values.event}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <Ends label={t("set_ends")} value={form.values.until} onValue={(until) => form.change({ until })} />
        {endless && <Notice kind="bad">{t("set_end_missing")}</Notice>}
        {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
        <span class="row">
          <Button kind="main" type="submit" busy={form.busy}>
            {t("set_make_guest")}
          </Button>
          <Button onClick={onClose}>{t("set_cancel")}</Button>
        </span>
      </form>
    </Dialog>
  );
}
