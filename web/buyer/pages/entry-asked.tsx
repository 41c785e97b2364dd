/** The form for what a sale asks of the buyer, when a place or a cart was refused for want of it. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { codeOf } from "../../shared/live/errors";
import type { EntryForm } from "../sale/entry";
import { EntryCode } from "./entry-code";
import { EntryContact } from "./entry-contact";

/** With what accounts need: fetched by nobody whom no sale asks to sign in. */
function EntryAccount(form: EntryForm) {
  const [Form, setForm] = useState<ComponentType<EntryForm> | null>(null);
  useEffect(() => void import("./entry-account").then((found) => setForm(() => found.EntryAccount)), []);
  return Form ? <Form {...form} /> : <div aria-busy="true" />;
}

const FORMS = {
  entry_code_needed: EntryCode,
  entry_code_wrong: EntryCode,
  too_many_tries: EntryCode,
  account_needed: EntryAccount,
  account_used: EntryAccount,
  not_in_segment: EntryAccount,
  contact_needed: EntryContact,
  contact_used: EntryContact,
};

/** Whether the sale refused for want of something that the buyer can give. */
export function isAsked(failure: unknown): boolean {
  return failure !== null && codeOf(failure) in FORMS;
}

export function EntryAsked({ sale, failure, enter }: EntryForm) {
  const Form = FORMS[codeOf(failure) as keyof typeof FORMS];
  return <Form sale={sale} failure={failure} enter={enter} />;
}
