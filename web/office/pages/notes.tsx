/**
 * What a team notes about one of its people, newest first. Guarantees: a note is removed only once that was confirmed; where
 * there is room for no other, that is said instead of asked.
 */

import { useEffect, useState } from "preact/hooks";
import { explain } from "../../shared/app/refusals";
import { Button, Paragraph } from "../../shared/ui/controls";
import { useForm } from "../../shared/ui/form";
import { Dialog, Notice } from "../../shared/ui/signs";
import type { NoteShape } from "../../shared/wire/contract";
import { ask } from "../api";
import { DryRun } from "../ui/dry-run";
import { t } from "../words";
import { on } from "./relation";
import { useActing } from "./settings/acting";

const CHARS_MAX = 1_000;
const NOTES_MAX = 100;

export function Notes({
  person,
  who,
  mayEdit,
  onClose,
}: {
  person: string;
  who: string;
  mayEdit: boolean;
  onClose(): void;
}) {
  const [notes, setNotes] = useState<readonly NoteShape[] | null>(null);
  const [removing, setRemoving] = useState<NoteShape | null>(null);
  const [said, say] = useState("");
  const { busy, act, refused } = useActing();
  const read = async () =>
    setNotes((await ask("GET /api/people/{person}/notes", { parts: { person } })).items);
  useEffect(() => {
    void act(read);
  }, [person]);
  const form = useForm({ text: "" }, { text: (text) => (text.trim() ? null : t("off_note_say")) });
  const add = form.submit(async ({ text }) => {
    await ask("POST /api/people/{person}/notes", { parts: { person }, body: { text } });
    form.restart();
    say(t("off_note_added"));
    await read();
  });
  const remove = () =>
    act(async () => {
      if (removing === null) return;
      await ask("DELETE /api/people/{person}/notes/{note}", { parts: { person, note: removing.id } });
      setNotes((before) => before?.filter(({ id }) => id !== removing.id) ?? null);
      setRemoving(null);
      say(t("off_note_removed"));
    });
  return (
    <>
      <Dialog title={t("off_notes")} open onClose={onClose}>
        <p class="soft breaks">{who}</p>
        {removing === null && refused}
        {notes === null && refused === null && <p role="status">{t("loading")}</p>}
        {mayEdit && notes !== null && notes.length < NOTES_MAX && (
          <form class="stack" noValidate ref={form.element} onSubmit={(event) => void add(event)}>
            <Paragraph
              {...form.field("text")}
              label={t("off_note_text")}
              hint={t("off_note_hint")}
              maxLength={CHARS_MAX}
              spellcheck
            />
            {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
            <span class="row">
              <Button kind="main" type="submit" busy={form.busy}>
                {t("off_note_add")}
              </Button>
            </span>
          </form>
        )}
        {mayEdit && notes !== null && notes.length >= NOTES_MAX && (
          <Notice>{t("off_notes_full", { n: NOTES_MAX })}</Notice>
        )}
        <p role="status" class="soft">
          {said}
        </p>
        {notes?.length === 0 && <p>{t("off_notes_none")}</p>}
        {notes !== null && notes.length > 0 && (
          <ul class="stack" aria-label={t("off_notes")}>
            {notes.map((note) => (
              <li key={note.id} class="stack-tight">
                <p class="breaks as-typed">{note.text}</p>
                <span class="spread">
                  <span class="soft small">{[writer(note), on(note.written_at)].join(" · ")}</span>
                  {mayEdit && (
                    <Button kind="plain" onClick={() => setRemoving(note)}>
                      {t("off_note_remove")}
                    </Button>
                  )}
                </span>
              </li>
            ))}
          </ul>
        )}
      </Dialog>
      <DryRun
        title={t("off_note_remove_asked")}
        open={removing !== null}
        does={t("off_note_remove_yes")}
        keeps={t("off_note_remove_no")}
        busy={busy}
        onYes={() => void remove()}
        onNo={() => setRemoving(null)}
      >
        <p class="breaks as-typed">{removing?.text}</p>
        {refused}
      </DryRun>
    </>
  );
}

const writer = ({ author, author_kind, author_name }: NoteShape) =>
  author_name || (author_kind === "key" ? t("off_by_key") : author);
