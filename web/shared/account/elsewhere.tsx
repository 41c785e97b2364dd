/** Accounts elsewhere: signing in with one, linking it to one's own, and what went wrong on the way there or back. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../app/loading";
import { explain } from "../app/refusals";
import { Button, buttonClass } from "../ui/controls";
import { Loaded } from "../ui/loaded";
import { Notice } from "../ui/signs";
import type { LinkedOutside, OutsideShape } from "../wire/contract";
import { linkedOutside, outside, unlinkOutside } from "./calls";
import { Sheet } from "./frame";
import { startAnew, takeOutside } from "./links";
import { when } from "./sessions";
import { freshly } from "./step-up";
import { t } from "./words";

const OUTCOMES = [
  "refused",
  "unreachable",
  "no_email",
  "link_first",
  "step_up_needed",
  "linked",
  "linked_elsewhere",
] as const;

/** What came of a journey; the server says it in the address, which is read once. */
export function OutsideTold() {
  const [told] = useState(takeOutside);
  if (told === null) return null;
  const known = OUTCOMES.find((one) => one === told) ?? "refused";
  return known === "linked" ? (
    <Notice>{t("acc_outside_linked")}</Notice>
  ) : (
    <Notice kind="bad" urgent>
      {t(`acc_outside_${known}`)}
    </Notice>
  );
}

function wayThere(provider: string, query: Record<string, string>): string {
  return `/api/security/outside/${encodeURIComponent(provider)}/start?${new URLSearchParams(query)}`;
}

/** Ways in by an account elsewhere, where this installation has any. */
export function Elsewhere({ next }: { next: string }) {
  const [providers, setProviders] = useState<OutsideShape[]>([]);
  useEffect(() => {
    outside().then(setProviders, () => undefined);
  }, []);
  return (
    <>
      {providers.map(({ id, name }) => (
        <a
          key={id}
          class={buttonClass(undefined, undefined, true)}
          target="_self"
          href={wayThere(id, { next })}
        >
          {t("acc_continue_with", { name })}
        </a>
      ))}
    </>
  );
}

interface Line extends OutsideShape {
  linked: LinkedOutside | null;
}

async function lines(): Promise<Line[]> {
  const [known, linked] = await Promise.all([outside(), linkedOutside()]);
  return known.map((one) => ({ ...one, linked: linked.find(({ id }) => id === one.id) ?? null }));
}

/** Shown only where there is one to link. */
export function LinkedElsewhere({ base }: { base: string }) {
  const read = useMemo(() => new Loading(lines), []);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => void read.load(), []);
  const next = base === "/office" ? "/office/account" : base;
  const link = async (provider: string) => {
    if (await freshly()) startAnew(wayThere(provider, { next, link: "" }));
  };
  const unlink = (provider: string) => unlinkOutside(provider).then(() => read.again(), setFailure);
  const found = read.value.value;
  if (found === null || found.length === 0) return null;
  return (
    <Sheet title={t("acc_elsewhere")}>
      <p class="soft">{t("acc_elsewhere_explained")}</p>
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
      <Loaded of={read} part>
        {(items) => (
          <ul class="lines">
            {items.map(({ id, name, linked }) => (
              <li key={id}>
                <div>
                  <strong>{name}</strong>{" "}
                  <span class="small soft">
                    {linked ? t("acc_linked_at", { time: when(linked.linked_at_ms) }) : t("acc_not_linked")}
                  </span>
                </div>
                {linked ? (
                  <Button
                    kind="plain"
                    aria-label={`${t("acc_unlink")}: ${name}`}
                    onClick={() => void unlink(id)}
                  >
                    {t("acc_unlink")}
                  </Button>
                ) : (
                  <Button aria-label={`${t("acc_link")}: ${name}`} onClick={() => void link(id)}>
                    {t("acc_link")}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Sheet>
  );
}
