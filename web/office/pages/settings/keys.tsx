/** Settings: API keys. Made and shown once, rotated, revoked. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../../shared/app/loading";
import { Button } from "../../../shared/ui/controls";
import { Loaded } from "../../../shared/ui/loaded";
import type { KeyShape } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { DryRun } from "../../ui/dry-run";
import { type Shown, Table } from "../../ui/table";
import { useActing } from "./acting";
import { ShownOnce } from "./fields";
import { Settings } from "./frame";
import { MakingKey } from "./making-key";
import { named, readEvents, when } from "./names";
import { whereWords } from "./scopes";
import { t } from "./words";

const OVERLAP_S = 24 * 3_600;

async function read(): Promise<readonly KeyShape[]> {
  const [{ items }] = await Promise.all([ask("GET /api/security/keys"), readEvents()]);
  return items.filter(({ revoked_at_ms }) => revoked_at_ms === null);
}

const may = ({ scopes }: KeyShape) => scopes?.join(", ") ?? t("set_everything");
const sometime = (at_ms: number | null) => (at_ms === null ? "–" : when(at_ms));

export default function Keys() {
  const keys = useMemo(() => new Loading(read), []);
  const [making, make] = useState(false);
  const [made, show] = useState<string | null>(null);
  const [asked, askFor] = useState<{ key: KeyShape; rotates: boolean } | null>(null);
  const { busy, act, refused } = useActing();
  useEffect(() => void keys.load(), [keys]);
  const columns: Shown<KeyShape>[] = [
    { id: "label", name: t("set_label"), value: ({ label, id }) => label || id },
    { id: "may", name: t("set_role"), value: may, wide: true },
    { id: "where", name: t("set_where"), value: (key) => whereWords(key, named) || t("set_all_events") },
    {
      id: "from",
      name: t("set_networks"),
      value: ({ networks }) => networks.join(", ") || t("set_anywhere"),
    },
    {
      id: "used",
      name: t("set_used"),
      value: (key) => key.last_used_at_ms,
      shows: (key) => sometime(key.last_used_at_ms),
    },
    {
      id: "ends",
      name: t("set_ends"),
      value: (key) => key.expires_at_ms,
      shows: (key) => sometime(key.expires_at_ms),
    },
    {
      id: "do",
      name: t("set_actions"),
      value: () => null,
      plain: true,
      shows: (key) => (
        <span class="row">
          <Button onClick={() => askFor({ key, rotates: true })}>{t("set_rotate")}</Button>
          <Button kind="plain" onClick={() => askFor({ key, rotates: false })}>
            {t("set_revoke")}
          </Button>
        </span>
      ),
    },
  ];
  const go = () =>
    act(async () => {
      if (!asked) return;
      const parts = { key: asked.key.id };
      if (asked.rotates) {
        const next = await ask("POST /api/security/keys/{key}/rotate", {
          parts,
          body: { overlap_s: OVERLAP_S },
        });
        show(next.key);
      } else await ask("DELETE /api/security/keys/{key}", { parts });
      askFor(null);
      await keys.again();
    });
  const label = asked?.key.label || asked?.key.id || "";
  const button = (
    <Button kind="main" onClick={() => make(true)}>
      {t("set_make_key")}
    </Button>
  );
  return (
    <Settings tab="keys">
      <Loaded of={keys}>
        {(rows) => (
          <Table
            name={t("off_settings_keys")}
            columns={columns}
            rows={rows}
            id={({ id }) => id}
            empty={{ title: t("set_no_keys"), text: t("set_no_keys_text"), action: button }}
            tools={button}
          />
        )}
      </Loaded>
      {making && (
        <MakingKey
          onClose={() => make(false)}
          onMade={(key) => {
            make(false);
            show(key);
            void keys.again();
          }}
        />
      )}
      <ShownOnce
        title={t("set_new_key")}
        secret={made}
        example={`curl -H "Authorization: Bearer ${made ?? ""}" ${location.origin}/api/organizer/sales`}
        onClose={() => show(null)}
      />
      <DryRun
        title={t(asked?.rotates ? "set_rotate_asked" : "set_revoke_asked", { name: label })}
        open={asked !== null}
        does={t(asked?.rotates ? "set_rotate" : "set_revoke")}
        keeps={t("set_keep")}
        kind={asked?.rotates ? "main" : "bad"}
        busy={busy}
        onYes={() => void go()}
        onNo={() => askFor(null)}
      >
        <p>{t(asked?.rotates ? "set_rotate_text" : "set_revoke_text")}</p>
        {refused}
      </DryRun>
    </Settings>
  );
}
