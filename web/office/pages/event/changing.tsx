/** What can be done to an event: each act is asked about first, with what it does and what it does not. */

import { useState } from "preact/hooks";
import { explain } from "../../../shared/app/refusals";
import { Button, Check, Field } from "../../../shared/ui/controls";
import { useForm } from "../../../shared/ui/form";
import { Dialog, Notice } from "../../../shared/ui/signs";
import type { EventShownShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { holdsAny } from "../../shell/places";
import { DryRun } from "../../ui/dry-run";
import { tell } from "../../ui/toasts";
import { permissions } from "../../who";
import { useActing } from "../settings/acting";
import { t } from "./words";

interface Of {
  shown: EventShownShape;
  onDone(): void;
}

type Asked = "edit" | "move" | "schedule" | "postpone" | "cancel" | null;

export function Changing({ shown, onDone }: Of) {
  const [asked, setAsked] = useState<Asked>(null);
  const { status } = shown.event;
  const steers = holdsAny(permissions.value, ["sale:steer"]);
  const close = () => setAsked(null);
  const done = () => {
    close();
    tell(t("evt_done"));
    onDone();
  };
  return (
    <div class="stack-tight">
      <span class="row">
        {holdsAny(permissions.value, ["event:edit"]) && (
          <Button onClick={() => setAsked("edit")}>{t("evt_edit")}</Button>
        )}
        {steers && status === "postponed" && (
          <Button kind="main" onClick={() => setAsked("schedule")}>
            {t("evt_schedule")}
          </Button>
        )}
        {steers && (status === "scheduled" || status === "moved") && (
          <>
            <Button onClick={() => setAsked("move")}>{t("evt_move")}</Button>
            <Button onClick={() => setAsked("postpone")}>{t("evt_postpone")}</Button>
          </>
        )}
        {steers && status !== "cancelled" && (
          <Button kind="bad" onClick={() => setAsked("cancel")}>
            {t("evt_cancel")}
          </Button>
        )}
      </span>
      {status === "cancelled" && <p class="soft">{t("evt_cancelled_for_good")}</p>}
      {asked === "edit" && <Editing shown={shown} onDone={done} onClose={close} />}
      {(asked === "move" || asked === "schedule") && (
        <Dating act={asked} shown={shown} onDone={done} onClose={close} />
      )}
      {asked === "postpone" && <Postponing shown={shown} onDone={done} onClose={close} />}
      {asked === "cancel" && <Cancelling shown={shown} onDone={done} onClose={close} />}
    </div>
  );
}

interface InDialog extends Of {
  onClose(): void;
}

function Editing({ shown, onDone, onClose }: InDialog) {
  const { id, name, description } = shown.event;
  const form = useForm({ event: name, description }, {});
  const submit = form.submit(async (body) => {
    await ask("PATCH /api/events/{event}", { parts: { event: id }, body });
    onDone();
  });
  return (
    <Dialog title={t("evt_edit")} open asks onClose={onClose}>
      <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
        <Field {...form.field("event")} label={t("evt_edit_name")} maxLength={200} />
        <Field {...form.field("description")} label={t("evt_edit_text")} />
        {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
        <Answers does={t("evt_edit")} busy={form.busy} onClose={onClose} />
      </form>
    </Dialog>
  );
}

function Answers({ does, busy, onClose }: { does: string; busy: boolean; onClose(): void }) {
  return (
    <span class="row">
      <Button kind="main" type="submit" busy={busy}>
        {does}
      </Button>
      <Button onClick={onClose}>{t("evt_back")}</Button>
    </span>
  );
}

function Dating({ act, shown, onDone, onClose }: InDialog & { act: "move" | "schedule" }) {
  const { id, zone } = shown.event;
  const [resume, setResume] = useState(true);
  const missing = (value: string) => (value === "" ? t("evt_missing") : null);
  const form = useForm({ starts: "", ends: "" }, { starts: missing });
  const submit = form.submit(async ({ starts, ends }) => {
    const dated = { starts, ...(ends ? { ends } : {}) };
    if (act === "move") await ask("POST /api/events/{event}/move", { parts: { event: id }, body: dated });
    else await ask("POST /api/events/{event}/schedule", { parts: { event: id }, body: { ...dated, resume } });
    onDone();
  });
  const hint = t("evt_times_hint", { zone });
  return (
    <Dialog title={t(`evt_${act}_asked`)} open asks onClose={onClose}>
      <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
        <Field {...form.field("starts")} type="datetime-local" label={t("evt_starts")} hint={hint} required />
        <Field {...form.field("ends")} type="datetime-local" label={t("evt_ends")} optional />
        {act === "schedule" && <Check label={t("evt_resume")} checked={resume} onChange={setResume} />}
        <p>{t("evt_move_meets")}</p>
        <p class="soft">{t("evt_cancel_not")}</p>
        {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
        <Answers does={t(`evt_${act}`)} busy={form.busy} onClose={onClose} />
      </form>
    </Dialog>
  );
}

function Postponing({ shown, onDone, onClose }: InDialog) {
  const [keeps, setKeeps] = useState(false);
  const { busy, act, refused } = useActing();
  const event = shown.event.id;
  const yes = async () => {
    const does = () =>
      ask("POST /api/events/{event}/postpone", { parts: { event }, body: { keep_selling: keeps } });
    if (await act(does)) onDone();
  };
  return (
    <DryRun
      title={t("evt_postpone_asked")}
      open
      kind="main"
      does={t("evt_postpone")}
      keeps={t("evt_back")}
      busy={busy}
      onYes={() => void yes()}
      onNo={onClose}
    >
      <p>{t("evt_postpone_meets")}</p>
      <Check label={t("evt_keep_selling")} checked={keeps} onChange={setKeeps} />
      <p class="soft">{t("evt_cancel_not")}</p>
      {refused}
    </DryRun>
  );
}

function Cancelling({ shown, onDone, onClose }: InDialog) {
  const { busy, act, refused } = useActing();
  const event = shown.event.id;
  const yes = async () => {
    if (await act(() => ask("POST /api/events/{event}/cancel", { parts: { event } }))) onDone();
  };
  return (
    <DryRun
      title={t("evt_cancel_asked")}
      open
      meets={shown.sales.map(
        (sale) => `${sale.id}: ${t(`dash_state_${sale.state}`)} → ${t("dash_state_closed")}`,
      )}
      does={t("evt_cancel")}
      keeps={t("evt_back")}
      busy={busy}
      onYes={() => void yes()}
      onNo={onClose}
    >
      <p>
        <strong>{t("evt_cancel_final")}</strong> {t("evt_cancel_not")}
      </p>
      {refused}
    </DryRun>
  );
}
