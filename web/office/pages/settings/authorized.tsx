/** "What may they do, and why": asked of the server, answered in words. */

import { useState } from "preact/hooks";
import { Button } from "../../../shared/ui/controls";
import { Notice } from "../../../shared/ui/signs";
import type { AuthorizedShape, MemberShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { useActing } from "./acting";
import { Choose } from "./fields";
import { events, named, when } from "./names";
import { PERMISSIONS } from "./scope-list";
import { grantWords } from "./scopes";
import { t } from "./words";

/** The answer in words; `because` says by which grant. */
function said(answer: AuthorizedShape): string {
  const { allowed, because, reason } = answer;
  if (allowed && because) {
    const grant = { ...because, role: because.role ?? because.kind };
    return t("set_may_yes", { grant: grantWords(grant, named, when) });
  }
  switch (reason) {
    case "elsewhere":
      return t("set_may_elsewhere");
    case "second_factor_owed":
      return t("set_may_owed");
    default:
      return t("set_may_no");
  }
}

export function Authorized({ members }: { members: readonly MemberShape[] }) {
  const [asked, setAsked] = useState({
    account: members[0]?.account ?? "",
    permission: "order:read",
    event: "",
  });
  const [answer, setAnswer] = useState<AuthorizedShape | null>(null);
  const { busy, act, refused } = useActing();
  const change = (changed: Partial<typeof asked>) => {
    setAsked({ ...asked, ...changed });
    setAnswer(null);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const { account, permission, event: about } = asked;
    const body = { subject: { account }, permission, about: about ? { event: about } : {} };
    void act(async () => setAnswer(await ask("POST /api/security/authorize", { body })));
  };
  return (
    <section class="stack" aria-label={t("set_may")}>
      <h2>{t("set_may")}</h2>
      <form class="row" onSubmit={submit}>
        <Choose
          label={t("set_member")}
          value={asked.account}
          options={members.map(({ account, name, email }) => [account, name || email])}
          onValue={(account) => change({ account })}
        />
        <Choose
          label={t("set_permission")}
          value={asked.permission}
          options={PERMISSIONS.map((one) => [one, one])}
          onValue={(permission) => change({ permission })}
        />
        <Choose
          label={t("set_where")}
          value={asked.event}
          options={[
            ["", t("set_everywhere")],
            ...events.value.map(({ id, name }): [string, string] => [id, name]),
          ]}
          onValue={(event) => change({ event })}
        />
        <Button type="submit" busy={busy}>
          {t("set_may_ask")}
        </Button>
      </form>
      <div role="status">{answer && <Notice>{said(answer)}</Notice>}</div>
      {refused}
    </section>
  );
}
