/** What is known about oneself: read, taken away as a file, and erased. */

import { useState } from "preact/hooks";
import { explain } from "../app/refusals";
import { Button } from "../ui/controls";
import { save } from "../ui/file";
import { Dialog, Notice } from "../ui/signs";
import type { KnownSection, KnownShape } from "../wire/contract";
import { eraseMe, known } from "./calls";
import { Sheet, type Ways } from "./frame";
import type { AccountWords } from "./i18n/en";
import { startAnew } from "./links";
import { t } from "./words";

const TITLES: Readonly<Record<string, keyof AccountWords>> = {
  account: "acc_known_account",
  logins: "acc_known_logins",
  names: "acc_known_names",
  orders: "acc_known_orders",
  carts: "acc_known_carts",
  profile: "acc_known_profile",
  browsers: "acc_known_browsers",
  relations: "acc_known_relations",
  preferences: "acc_known_preferences",
  "nothing is sent": "acc_known_silence",
  messages: "acc_known_messages",
  confirmations: "acc_known_confirmations",
  offers: "acc_known_offers",
};

export function Known({ base }: Ways) {
  const [found, setFound] = useState<KnownShape | null>(null);
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
        <Section key={section.name} section={section} />
      ))}
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

function Section({ section }: { section: KnownSection }) {
  const title = TITLES[section.name];
  return (
    <details class="known">
      <summary>
        {title ? t(title) : section.name} ({section.rows.length})
      </summary>
      {section.rows.map((row, at) => (
        <dl key={at}>
          {Object.entries(row)
            .filter(([, value]) => value !== null && value !== "")
            .map(([name, value]) => (
              <div key={name}>
                <dt>{name.replaceAll("_", " ")}</dt>
                <dd>{plain(value)}</dd>
              </div>
            ))}
        </dl>
      ))}
      {section.cut && <p class="soft">{t("acc_known_cut")}</p>}
    </details>
  );
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(", ");
  if (typeof value === "object" && value !== null) {
    return Object.entries(value)
      .filter(([, each]) => each !== null)
      .map(([name, each]) => `${name} ${plain(each)}`)
      .join(" · ");
  }
  return String(value);
}
