/**
 * The dialog in which somebody is invited, or a member's role is changed.
 * Guarantees: who saves second sees the difference and chooses.
 */

import { useState } from "preact/hooks";
import { explain } from "../../../shared/app/refusals";
import { Button, Field } from "../../../shared/ui/controls";
import { useForm } from "../../../shared/ui/form";
import { Dialog, Notice } from "../../../shared/ui/signs";
import type { GrantShape, GrantsBody, MemberShape } from "../../../shared/wire/contract";
import { ask, asking } from "../../api";
import { type Difference, isConflict } from "../../ui/differences";
import { Conflict } from "../../ui/editing";
import { tell } from "../../ui/toasts";
import { Ends, Events } from "./fields";
import { named, when } from "./names";
import { grantWords, instantOf, ROLES, type RoleWord, roleName, typedOf } from "./scopes";
import { t } from "./words";

interface Shown {
  /** null: somebody new is invited */
  member: MemberShape | null;
  onClose(): void;
  onDone(): Promise<void>;
}

const wordsOf = (grants: readonly GrantShape[]) =>
  grants.map((one) => grantWords(one, named, when)).join("; ");

export function Granting({ member, onClose, onDone }: Shown) {
  const first = member?.grants[0];
  const form = useForm(
    { email: "", role: first?.role ?? "analyst", until: typedOf(first?.until_at_ms ?? null) },
    { email: (email) => (member || /^\S+@\S+$/.test(email.trim()) ? null : t("set_email_missing")) },
  );
  const [chosen, setChosen] = useState<readonly string[]>(first?.events ?? []);
  const [clash, setClash] = useState<{ found: Difference[]; etag: string } | null>(null);
  const role = form.values.role as RoleWord;
  const grant = () => ({
    role,
    events: [...chosen],
    venues: first?.venues ?? [],
    until_at_ms: instantOf(form.values.until),
  });
  const body = (): GrantsBody => ({
    grants: [grant(), ...(member?.grants.slice(1) ?? [])] as GrantsBody["grants"],
  });
  const save = async (account: string, version: string) => {
    await asking("PUT /api/security/members/{account}/grants", { parts: { account }, body: body(), version });
    tell(t("set_changed"));
    await onDone();
  };
  const submit = form.submit(async ({ email }) => {
    if (!member) {
      await ask("POST /api/security/invitations", { body: { email: email.trim(), ...body() } });
      tell(t("set_invited", { email: email.trim() }));
      return onDone();
    }
    try {
      await save(member.account, member.etag);
    } catch (error) {
      if (!isConflict(error)) throw error;
      const { items } = await ask("GET /api/security/members");
      const theirs = items.find(({ account }) => account === member.account);
      if (!theirs) return onDone();
      const mine = wordsOf(body().grants as GrantShape[]);
      setClash({ found: [{ name: t("set_role"), mine, theirs: wordsOf(theirs.grants) }], etag: theirs.etag });
    }
  });
  return (
    <>
      <Dialog
        title={member ? t("set_change_of", { name: member.name || member.email }) : t("set_invite")}
        open
        asks
        onClose={onClose}
      >
        <form class="stack" noValidate ref={form.element} onSubmit={(event) => void submit(event)}>
          {!member && <Field {...form.field("email")} label={t("set_email")} type="email" maxLength={254} />}
          <div class="field">
            <label for="set-role">{t("set_role")}</label>
            <select
              id="set-role"
              class="input"
              value={role}
              onChange={(event) => form.change({ role: event.currentTarget.value })}
            >
              {ROLES.map((one) => (
                <option key={one} value={one} selected={one === role}>
                  {roleName(one)}
                </option>
              ))}
            </select>
            <span class="hint">{t(`set_may_${role}`)}</span>
          </div>
          <Events chosen={chosen} onChange={setChosen} />
          <Ends
            label={t("set_ends")}
            hint={t("set_ends_hint")}
            value={form.values.until}
            onValue={(until) => form.change({ until })}
          />
          {form.failure !== null && <Notice kind="bad">{explain(form.failure)}</Notice>}
          <span class="row">
            <Button kind="main" type="submit" busy={form.busy}>
              {t(member ? "set_save" : "set_send_invitation")}
            </Button>
            <Button onClick={onClose}>{t("set_cancel")}</Button>
          </span>
        </form>
      </Dialog>
      <Conflict
        differences={clash?.found ?? null}
        onMine={() => {
          if (!member || !clash) return;
          setClash(null);
          void save(member.account, clash.etag).catch(form.setFailure);
        }}
        onTheirs={() => void onDone()}
      />
    </>
  );
}
