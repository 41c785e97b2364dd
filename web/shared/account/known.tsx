/** What is known about oneself: read, corrected, taken away as a file, and erased. */

import { useState } from "preact/hooks";
import { explain } from "../app/refusals";
import { Button, Field } from "../ui/controls";
import { save } from "../ui/file";
import { useForm } from "../ui/form";
import { Dialog, Notice } from "../ui/signs";
import type { KnownSection, KnownShape, PersonShape } from "../wire/contract";
import { correctKnown, eraseMe, known } from "./calls";
import { Sheet, type Ways } from "./frame";
import { fieldName, type Row, said, sectionName } from "./known-words";
import { startAnew } from "./links";
import { given } from "./rules";
import { t } from "./words";

const NAMES = "names"; // the section of them

export function Known({ base }: Ways) {
  const [found, setFound] = useState<KnownShape | null>(null);
  const [row, setRow] = useState<Row | null>(null);
  const [done, setDone] = useState(false);
  const [asked, ask] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const act = async (doing: () => Promise<void>) => {
    setBusy(true);
    setFailure(null);
    try {
      await doing();
    } catch (error) {
      setFailure(error);
      ask(false);
    } finally {
      setBusy(false);
    }
  };
  const correct = (chosen: Row) => {
    setDone(false);
    setRow(chosen);
  };
  const look = () => act(async () => setFound(await known()));
  const erase = () =>
    act(async () => {
      await eraseMe();
      startAnew(base === "/office" ? "/office/sign-in" : "/");
    });
  return (
    <Sheet title={t("acc_known")}>
      <p class="soft">{t("acc_known_text")}</p>
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
      {found?.sections.map((section) => (
        <Section key={section.name} section={section} onCorrect={correct} />
      ))}
      {done && <Notice>{t("acc_known_corrected")}</Notice>}
      <span class="row">
        {found === null ? (
          <Button busy={busy} onClick={() => void look()}>
            {t("acc_known_look")}
          </Button>
        ) : (
          <Button onClick={() => save("aforo.json", "application/json", JSON.stringify(found, null, 2))}>
            {t("acc_known_take")}
          </Button>
        )}
        <Button kind="bad" onClick={() => ask(true)}>
          {t("acc_erase")}
        </Button>
      </span>
      <Dialog title={t("acc_known_correct_what")} open={row !== null} asks onClose={() => setRow(null)}>
        {row !== null && (
          <Correct
            row={row}
            onDone={(person) => {
              if (person !== null && found !== null) setFound(corrected(found, person));
              setDone(person !== null);
              setRow(null);
            }}
          />
        )}
      </Dialog>
      <Dialog title={t("acc_erase_asked")} open={asked} asks onClose={() => ask(false)}>
        <p>{t("acc_erase_goes")}</p>
        <p>{t("acc_erase_stays")}</p>
        <p>{t("acc_erase_tickets")}</p>
        <span class="row">
          <Button kind="bad" busy={busy} onClick={() => void erase()}>
            {t("acc_erase")}
          </Button>
          <Button onClick={() => ask(false)}>{t("acc_close_keep")}</Button>
        </span>
      </Dialog>
    </Sheet>
  );
}

interface Shown {
  section: KnownSection;
  onCorrect(row: Row): void;
}

function Section({ section, onCorrect }: Shown) {
  return (
    <details class="known">
      <summary>
        {sectionName(section.name)} ({section.rows.length})
      </summary>
      {section.rows.map((row, at) => (
        <dl key={at}>
          {said(row).map(([name, value]) => (
            <div key={name}>
              <dt>{fieldName(name)}</dt>
              <dd>{value}</dd>
            </div>
          ))}
          {section.name === NAMES && (
            <div>
              <dt class="visually-hidden">{t("acc_known_correct")}</dt>
              <dd>
                <Button
                  aria-label={`${t("acc_known_correct")}: ${[row.name, row.email, row.phone].filter(Boolean).join(", ")}`}
                  onClick={() => onCorrect(row)}
                >
                  {t("acc_known_correct")}
                </Button>
              </dd>
            </div>
          )}
        </dl>
      ))}
      {section.cut && <p class="soft">{t("acc_known_cut")}</p>}
    </details>
  );
}

interface Correcting {
  row: Row;
  onDone(person: PersonShape | null): void;
}

/** Name and phone of somebody who was typed with the account's own address. */
function Correct({ row, onDone }: Correcting) {
  const before = { name: String(row.name ?? ""), phone: String(row.phone ?? "") };
  const form = useForm(before, { name: given("acc_known_name_missing") });
  const submit = form.submit(async ({ name, phone }) => {
    const changed = phone === before.phone ? {} : { phone: phone.trim() };
    onDone(await correctKnown(String(row.person), { name: name.trim(), ...changed }));
  });
  return (
    <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
      <Field {...form.field("name")} label={t("acc_name")} autocomplete="name" maxLength={120} required />
      <Field
        {...form.field("phone")}
        label={t("phone")}
        type="tel"
        inputMode="tel"
        autocomplete="tel"
        hint={t("acc_known_phone_hint")}
        maxLength={40}
        optional
      />
      <p class="soft">
        {t("acc_known_correct_address", { email: String(row.email ?? ""), part: t("acc_profile") })}
      </p>
      {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
      <span class="row">
        <Button type="submit" busy={form.busy}>
          {t("acc_save")}
        </Button>
        <Button kind="plain" onClick={() => onDone(null)}>
          {t("acc_cancel")}
        </Button>
      </span>
    </form>
  );
}

/** What was read, with somebody called as they are now. */
function corrected(found: KnownShape, { person, contact }: PersonShape): KnownShape {
  const names = (row: Row) => (row.person === person ? { ...row, ...contact } : row);
  return {
    ...found,
    sections: found.sections.map((section) =>
      section.name === NAMES ? { ...section, rows: section.rows.map(names) } : section,
    ),
  };
}
