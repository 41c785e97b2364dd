/** Where an invitation leads: who invites to what, and the way to accept it. */

import { useEffect, useState } from "preact/hooks";
import { acceptInvitation, lookAtInvitation } from "../../shared/account/calls";
import { WayIn } from "../../shared/account/frame";
import { startAnew, takeToken } from "../../shared/account/links";
import { askWho, me } from "../../shared/account/me";
import { explain } from "../../shared/app/refusals";
import { local, session } from "../../shared/app/storage";
import { codeOf } from "../../shared/live/errors";
import { Button, buttonClass } from "../../shared/ui/controls";
import { Notice } from "../../shared/ui/signs";
import type { LookedAtShape } from "../../shared/wire/contract";
import { t } from "../words";

const SPENT = new Set(["wrong_link", "not_found"]);
const BACK = `?${new URLSearchParams({ next: "/office/invitation" })}`;

/**
 * Kept while its guest signs in or registers, since the link of that letter opens a tab of its own; forgotten once it is used
 * or is good no more. It is good for the account of one address alone.
 */
function kept(): string {
  const token = takeToken() || local.read("invitation") || "";
  if (token) local.write("invitation", token);
  return token;
}

function Accept({ token, seen }: { token: string; seen: LookedAtShape }) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const who = me.value;
  if (!who || who.session.state === "half") {
    return (
      <>
        <p>{t("off_invited_sign_in", { email: seen.email })}</p>
        <a class={buttonClass("main", "large", true)} href={`/office/sign-in${BACK}`}>
          {t("off_sign_in_short")}
        </a>
        <a class={buttonClass(undefined, undefined, true)} href={`/office/register${BACK}`}>
          {t("off_make_account")}
        </a>
      </>
    );
  }
  const accept = async () => {
    setBusy(true);
    try {
      const { organizer } = await acceptInvitation(token);
      local.write("invitation", null);
      session.write("organizer", organizer);
      startAnew("/office");
    } catch (error) {
      setFailure(error);
      setBusy(false);
    }
  };
  return (
    <>
      <p>{t("off_invited_as", { email: who.account.email })}</p>
      {failure !== null && (
        <Notice kind="bad" urgent>
          {codeOf(failure) === "forbidden" ? t("off_invited_other", { email: seen.email }) : explain(failure)}
        </Notice>
      )}
      <Button kind="main" size="large" wide busy={busy} onClick={() => void accept()}>
        {t("off_accept")}
      </Button>
    </>
  );
}

export default function Invitation() {
  const [token] = useState(kept);
  const [seen, setSeen] = useState<LookedAtShape | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    if (token === "") return;
    void askWho();
    lookAtInvitation(token).then(setSeen, (error: unknown) => {
      if (SPENT.has(codeOf(error))) local.write("invitation", null);
      setFailure(error);
    });
  }, [token]);
  const spent = token === "" || SPENT.has(codeOf(failure));
  return (
    <WayIn
      title={seen === null ? t("off_invitation") : t("off_invited", { name: seen.organizer_name })}
      lead={
        seen === null ? undefined : t("off_invited_roles", { roles: seen.grants.map(roleName).join(", ") })
      }
    >
      {(token === "" || failure !== null) && (
        <Notice kind="bad" urgent>
          {spent ? t("off_invitation_spent") : explain(failure)}
        </Notice>
      )}
      {seen !== null && <Accept token={token} seen={seen} />}
    </WayIn>
  );
}

const ROLES = [
  "owner",
  "manager",
  "editor",
  "publisher",
  "venue_manager",
  "box_office",
  "marketing",
  "finance",
  "gate",
  "analyst",
  "auditor",
] as const;

function roleName({ role }: { role: string }): string {
  const known = ROLES.find((one) => one === role);
  return known ? t(`off_role_${known}`) : role;
}
