/** Settings: audit. Who did what to which, when and from where; searched by the server, page by page. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../../../shared/app/loading";
import { Button, Field } from "../../../shared/ui/controls";
import { save } from "../../../shared/ui/file";
import { Loaded } from "../../../shared/ui/loaded";
import type { ActShape, ActsPage } from "../../../shared/wire/contract";
import { ask } from "../../api";
import { useAsked } from "../../ui/table";
import { useActing } from "./acting";
import { Ends } from "./fields";
import { Settings } from "./frame";
import { when } from "./names";
import { instantOf } from "./scopes";
import { t } from "./words";

type Filters = Record<string, string>;

export default function Audit() {
  const [words, setWords] = useAsked("q");
  const [act, setAct] = useAsked("act");
  const [since, setSince] = useAsked("since");
  const kinds = useMemo(() => new Loading(() => ask("GET /api/security/audit/acts")), []);
  useEffect(() => void kinds.load(), [kinds]);
  const since_ms = instantOf(since);
  const query: Filters = {
    ...(words.trim() ? { words: words.trim() } : {}),
    ...(act ? { act } : {}),
    ...(since_ms === null ? {} : { since_ms: String(since_ms) }),
  };
  return (
    <Settings tab="audit">
      <div class="table-tools">
        <Field label={t("set_words")} type="search" value={words} maxLength={80} onValue={setWords} />
        <div class="field">
          <label for="set-act">{t("set_act")}</label>
          <select
            id="set-act"
            class="input"
            value={act}
            onChange={(event) => setAct(event.currentTarget.value)}
          >
            <option value="">{t("set_all_acts")}</option>
            {(kinds.value.value?.items ?? []).map((word) => (
              <option key={word} value={word} selected={word === act}>
                {word}
              </option>
            ))}
          </select>
        </div>
        <Ends label={t("set_since")} value={since} onValue={setSince} />
        <Export query={query} />
      </div>
      <Acts key={JSON.stringify(query)} query={query} />
    </Settings>
  );
}

function Export({ query }: { query: Filters }) {
  const { busy, act, refused } = useActing();
  const get = (format: "csv" | "jsonl", kind: string) =>
    void act(async () => {
      const text = await ask("GET /api/security/audit/export", { query: { ...query, format } });
      save(`audit.${format}`, kind, text);
    });
  return (
    <span class="row">
      <Button busy={busy} onClick={() => get("csv", "text/csv")}>
        CSV
      </Button>
      <Button busy={busy} onClick={() => get("jsonl", "application/jsonl")}>
        JSON
      </Button>
      {refused}
    </span>
  );
}

function Acts({ query }: { query: Filters }) {
  const [more, setMore] = useState<readonly ActsPage[]>([]);
  const first = useMemo(() => new Loading(() => ask("GET /api/security/audit", { query })), []);
  const { busy, act, refused } = useActing();
  useEffect(() => void first.load(), [first]);
  return (
    <Loaded of={first}>
      {(page) => {
        const pages = [page, ...more];
        const next = pages.at(-1)?.next ?? null;
        const items = pages.flatMap((one) => one.items);
        const read = () =>
          act(async () => {
            const found = await ask("GET /api/security/audit", { query: { ...query, after: next ?? "" } });
            setMore([...more, found]);
          });
        return (
          <div class="stack">
            {items.length === 0 && <p role="status">{t("nothing_found")}</p>}
            {items.map((one) => (
              <Act key={one.id} act={one} />
            ))}
            {refused}
            {next !== null && (
              <span>
                <Button busy={busy} onClick={() => void read()}>
                  {t("set_more")}
                </Button>
              </span>
            )}
          </div>
        );
      }}
    </Loaded>
  );
}

function Act({ act }: { act: ActShape }) {
  const parts = [
    [t("set_before"), act.before],
    [t("set_after"), act.after],
    [t("set_details"), Object.keys(act.detail).length > 0 ? act.detail : null],
  ] as const;
  return (
    <details class="panel">
      <summary class="breaks">
        <strong>{act.act}</strong> {act.subject}{" "}
        <span class="soft small">
          {act.actor_name ?? act.actor} · {when(act.at_ms)}
        </span>
      </summary>
      <div class="stack-tight breaks small">
        {parts.map(
          ([name, value]) =>
            value !== null && (
              <p key={name}>
                <span class="soft">{name}</span> <code>{JSON.stringify(value)}</code>
              </p>
            ),
        )}
        <p class="soft">{[act.network, act.request].filter(Boolean).join(" · ")}</p>
      </div>
    </details>
  );
}
