/** Settings: team. Who works for this organizer, who is invited, who is taken off. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { me } from "../../../shared/account/me";
import { Loading } from "../../../shared/app/loading";
import { explain } from "../../../shared/app/refusals";
import { Button } from "../../../shared/ui/controls";
import { Loaded } from "../../../shared/ui/loaded";
import { Notice } from "../../../shared/ui/signs";
import type { GrantShape, InvitationShape, MemberShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { holdsAny } from "../../shell/places";
import { DryRun } from "../../ui/dry-run";
import { type Shown, Table } from "../../ui/table";
import { tell } from "../../ui/toasts";
import { permissions } from "../../who";
import { Authorized } from "./authorized";
import { Settings } from "./frame";
import { Granting } from "./granting";
import { Guests } from "./guests";
import { named, readEvents, when } from "./names";
import { grantWords } from "./scopes";
import { t } from "./words";

interface Seen {
  members: readonly MemberShape[];
  invitations: readonly InvitationShape[];
}

async function read(): Promise<Seen> {
  const [members, invitations] = await Promise.all([
    ask("GET /api/security/members"),
    ask("GET /api/security/invitations").catch(() => ({ items: [] })),
    readEvents(),
  ]);
  return { members: members.items, invitations: invitations.items };
}

const roles = (grants: readonly GrantShape[]) => grants.map((one) => grantWords(one, named, when));
const nameOf = (member: MemberShape) => member.name || member.email;

function Roles({ grants }: { grants: readonly GrantShape[] }) {
  return (
    <span class="stack-tight">
      {roles(grants).map((line) => (
        <span key={line}>{line}</span>
      ))}
    </span>
  );
}

export default function Team() {
  const team = useMemo(() => new Loading(read), []);
  useEffect(() => void team.load(), [team]);
  return (
    <Settings tab="team">
      <Loaded of={team}>{(seen) => <Members seen={seen} onDone={() => team.again()} />}</Loaded>
    </Settings>
  );
}

function Members({ seen, onDone }: { seen: Seen; onDone(): Promise<void> }) {
  const [editing, edit] = useState<{ member: MemberShape | null } | null>(null);
  const [leaving, leave] = useState<MemberShape | null>(null);
  const manages = holdsAny(permissions.value, ["member:manage"]);
  const mine = me.value?.account.id;
  const columns: Shown<MemberShape>[] = [
    { id: "name", name: t("set_member"), value: nameOf, shows: (member) => <Who member={member} /> },
    {
      id: "role",
      name: t("set_role"),
      value: (member) => roles(member.grants).join("; "),
      shows: (member) => <Roles grants={member.grants} />,
      wide: true,
    },
    {
      id: "seen",
      name: t("set_seen"),
      value: (member) => member.seen_at_ms,
      shows: (member) => (member.seen_at_ms === null ? "–" : when(member.seen_at_ms)),
    },
    {
      id: "do",
      name: t("set_actions"),
      value: () => null,
      plain: true,
      shows: (member) => (
        <span class="row">
          {manages && <Button onClick={() => edit({ member })}>{t("set_change")}</Button>}
          {(manages || member.account === mine) && (
            <Button kind="plain" onClick={() => leave(member)}>
              {t(member.account === mine ? "set_leave" : "set_remove")}
            </Button>
          )}
        </span>
      ),
    },
  ];
  return (
    <div class="stack-wide">
      <Table
        name={t("off_settings_team")}
        columns={columns}
        rows={seen.members}
        id={({ account }) => account}
        empty={{ title: t("set_no_members"), text: t("set_no_members_text") }}
        tools={
          manages && (
            <Button kind="main" onClick={() => edit({ member: null })}>
              {t("set_invite")}
            </Button>
          )
        }
      />
      <Invitations items={seen.invitations} manages={manages} onDone={onDone} />
      {manages && <Guests />}
      <Authorized members={seen.members} />
      {editing && (
        <Granting
          member={editing.member}
          onClose={() => edit(null)}
          onDone={async () => {
            edit(null);
            await onDone();
          }}
        />
      )}
      <Removing
        member={leaving}
        itself={leaving?.account === mine}
        onClose={() => leave(null)}
        onDone={onDone}
      />
    </div>
  );
}

function Who({ member }: { member: MemberShape }) {
  return (
    <>
      {nameOf(member)}
      {member.name && <span class="soft small"> {member.email}</span>}
    </>
  );
}

interface Removed {
  member: MemberShape | null;
  itself: boolean;
  onClose(): void;
  onDone(): Promise<void>;
}

function Removing({ member, itself, onClose, onDone }: Removed) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const close = () => {
    setFailure(null);
    onClose();
  };
  const go = async () => {
    if (!member) return;
    setBusy(true);
    try {
      if (itself) await ask("POST /api/security/members/leave");
      else await ask("DELETE /api/security/members/{account}", { parts: { account: member.account } });
      tell(t("set_removed", { name: nameOf(member) }));
      if (itself) return location.assign("/office");
      close();
      await onDone();
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <DryRun
      title={itself ? t("set_leave_asked") : t("set_remove_asked", { name: member ? nameOf(member) : "" })}
      open={member !== null}
      meets={member ? roles(member.grants) : []}
      does={t(itself ? "set_leave" : "set_remove")}
      keeps={t("set_keep")}
      busy={busy}
      onYes={() => void go()}
      onNo={close}
    >
      <p>{t("set_remove_text")}</p>
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
    </DryRun>
  );
}

interface Invited {
  items: readonly InvitationShape[];
  manages: boolean;
  onDone(): Promise<void>;
}

function Invitations({ items, manages, onDone }: Invited) {
  const [failure, setFailure] = useState<unknown>(null);
  if (items.length === 0) return null;
  const revoke = async (invitation: string) => {
    try {
      await ask("DELETE /api/security/invitations/{invitation}", { parts: { invitation } });
      await onDone();
    } catch (error) {
      setFailure(error);
    }
  };
  return (
    <section class="stack" aria-label={t("set_invitations")}>
      <h2>{t("set_invitations")}</h2>
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
      {items.map(({ id, email, grants, until_at_ms }) => (
        <div class="panel spread" key={id}>
          <div>
            <strong>{email}</strong>
            <Roles grants={grants} />
            <span class="soft small">{t("set_good_until", { when: when(until_at_ms) })}</span>
          </div>
          {manages && <Button onClick={() => void revoke(id)}>{t("set_take_back")}</Button>}
        </div>
      ))}
    </section>
  );
}
