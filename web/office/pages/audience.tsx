/** Audience: an organizer's people, found by what they are called, shown as far as one may know them. */

import { useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { Button, Field } from "../../shared/ui/controls";
import { save } from "../../shared/ui/file";
import { useForm } from "../../shared/ui/form";
import { Dialog, Notice } from "../../shared/ui/signs";
import type { ContactShape, FoundShape, RelationShape } from "../../shared/wire/contract";
import { ask } from "../api";
import { holdsAny } from "../shell/places";
import { DryRun } from "../ui/dry-run";
import { Header } from "../ui/header";
import { type Shown, Table } from "../ui/table";
import { tell } from "../ui/toasts";
import { permissions } from "../who";
import { t } from "../words";
import { Notes } from "./notes";
import { CreditOf, Relation } from "./relation";
import { useActing } from "./settings/acting";

const inALine = ({ name, email, phone }: ContactShape) => [name, email, phone].filter(Boolean).join(" · ");

export default function Audience() {
  const [found, setFound] = useState<readonly FoundShape[] | null>(null);
  const [inFull, show] = useState<Readonly<Record<string, ContactShape>>>({});
  const [relations, relate] = useState<Readonly<Record<string, RelationShape>>>({});
  const [noting, note] = useState<FoundShape | null>(null);
  const [correcting, correct] = useState<string | null>(null);
  const [erasing, erase] = useState<FoundShape | null>(null);
  const { busy, act, refused } = useActing();
  const mayRead = holdsAny(permissions.value, ["order:pii"]);
  const mayCredit = holdsAny(permissions.value, ["credit:edit"]);
  const mayEdit = holdsAny(permissions.value, ["people:edit"]);
  const form = useForm(
    { name: "", email: "", phone: "" },
    { name: (name, all) => (name || all.email || all.phone ? null : t("off_people_say")) },
  );
  const find = form.submit(async ({ name, email, phone }) => {
    const { items } = await ask("POST /api/people/find", { body: { name, email, phone } });
    show({});
    relate({});
    setFound(items);
  });
  const read = (person: string) =>
    act(async () => {
      const { contact, relation } = await ask("POST /api/people/{person}/read", { parts: { person } });
      show((before) => ({ ...before, [person]: contact }));
      if (relation !== null) relate((before) => ({ ...before, [person]: relation }));
    });
  const take = (person: string) =>
    act(async () => {
      const known = await ask("GET /api/people/{person}/export", { parts: { person } });
      save(`${person}.json`, "application/json", JSON.stringify(known, null, 2));
    });
  const forget = () =>
    act(async () => {
      if (erasing === null) return;
      await ask("DELETE /api/people/{person}", { parts: { person: erasing.person } });
      setFound((before) => before?.filter(({ person }) => person !== erasing.person) ?? null);
      erase(null);
      tell(t("off_people_erased"));
    });
  const columns: Shown<FoundShape>[] = [
    {
      id: "who",
      name: t("off_people_who"),
      value: ({ person, contact }) => inALine(inFull[person] ?? contact),
      shows: ({ person, contact }) => (
        <span class="stack-tight">
          <span class="breaks">{inALine(inFull[person] ?? contact)}</span>
          {relations[person] && <Relation relation={relations[person]} />}
          {mayCredit && inFull[person]?.email && <CreditOf email={inFull[person].email} />}
        </span>
      ),
    },
    {
      id: "orders",
      name: t("off_people_orders"),
      figure: true,
      value: ({ orders }) => orders,
      shows: ({ person, orders }) =>
        mayRead && orders > 0 ? (
          <a href={`/office/orders?find=${encodeURIComponent(person)}`}>{orders}</a>
        ) : (
          orders
        ),
    },
    {
      id: "do",
      name: t("off_people_do"),
      value: () => null,
      plain: true,
      shows: (each) => (
        <span class="row">
          {mayRead && !(each.person in inFull) && (
            <Button onClick={() => void read(each.person)}>{t("off_people_show")}</Button>
          )}
          {mayRead && <Button onClick={() => note(each)}>{t("off_notes")}</Button>}
          {mayRead && <Button onClick={() => void take(each.person)}>{t("off_people_take")}</Button>}
          {mayEdit && each.person in inFull && (
            <Button onClick={() => correct(each.person)}>{t("off_people_correct")}</Button>
          )}
          {mayEdit && (
            <Button kind="plain" onClick={() => erase(each)}>
              {t("off_people_erase")}
            </Button>
          )}
        </span>
      ),
    },
  ];
  return (
    <div class="board">
      <Header title={t("off_audience")} />
      <form class="stack" noValidate ref={form.element} onSubmit={(event) => void find(event)}>
        <p class="soft">{t("off_people_text")}</p>
        <Field {...form.field("name")} label={t("off_people_name")} maxLength={200} optional />
        <Field {...form.field("email")} label={t("off_people_email")} type="email" maxLength={254} optional />
        <Field {...form.field("phone")} label={t("off_people_phone")} type="tel" maxLength={40} optional />
        {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
        <span class="row">
          <Button kind="main" type="submit" busy={form.busy}>
            {t("off_people_find")}
          </Button>
        </span>
      </form>
      {erasing === null && refused}
      {found !== null && (
        <Table
          name={t("off_audience")}
          columns={columns}
          rows={found}
          id={({ person }) => person}
          empty={{ title: t("off_people_nobody"), text: t("off_people_nobody_text") }}
        />
      )}
      {noting !== null && (
        <Notes
          person={noting.person}
          who={inALine(inFull[noting.person] ?? noting.contact)}
          mayEdit={mayEdit}
          onClose={() => note(null)}
        />
      )}
      {correcting !== null && inFull[correcting] && (
        <Correcting
          person={correcting}
          contact={inFull[correcting]}
          onClose={() => correct(null)}
          onDone={(contact) => {
            show((before) => ({ ...before, [correcting]: contact }));
            correct(null);
          }}
        />
      )}
      <DryRun
        title={t("off_people_erase_asked")}
        open={erasing !== null}
        meets={
          erasing === null
            ? []
            : [
                inALine(inFull[erasing.person] ?? erasing.contact),
                t("off_people_erase_orders", { n: erasing.orders }),
              ]
        }
        does={t("off_people_erase_yes")}
        keeps={t("off_people_erase_no")}
        busy={busy}
        onYes={() => void forget()}
        onNo={() => erase(null)}
      >
        <p>{t("off_people_erase_text")}</p>
        {refused}
      </DryRun>
    </div>
  );
}

function Correcting({
  person,
  contact,
  onClose,
  onDone,
}: {
  person: string;
  contact: ContactShape;
  onClose(): void;
  onDone(contact: ContactShape): void;
}) {
  const form = useForm({ ...contact }, {});
  const submit = form.submit(async ({ name, email, phone }) => {
    const body = { name: name.trim(), email: email.trim() || null, phone: phone.trim() || null };
    onDone((await ask("PUT /api/people/{person}/contact", { parts: { person }, body })).contact);
  });
  return (
    <Dialog title={t("off_people_correct")} open asks onClose={onClose}>
      <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
        <Field {...form.field("name")} label={t("off_people_name")} maxLength={200} />
        <Field {...form.field("email")} label={t("off_people_email")} type="email" maxLength={254} optional />
        <Field {...form.field("phone")} label={t("off_people_phone")} type="tel" maxLength={40} optional />
        {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
        <span class="row">
          <Button kind="main" type="submit" busy={form.busy}>
            {t("off_people_save")}
          </Button>
          <Button onClick={onClose}>{t("off_people_keep")}</Button>
        </span>
      </form>
    </Dialog>
  );
}
