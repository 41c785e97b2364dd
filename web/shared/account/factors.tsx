/** Passkeys, the authenticator app and its recovery codes: added, named, removed. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { Loading } from "../app/loading";
import { explain } from "../app/refusals";
import { Button, Field } from "../ui/controls";
import { useForm } from "../ui/form";
import { Loaded } from "../ui/loaded";
import { Notice } from "../ui/signs";
import type { FactorsShape as Found, PasskeyShape as PasskeyLine } from "../wire/contract";
import {
  addPasskey,
  beginPasskey,
  factors,
  namePasskey,
  newRecovery,
  removePasskey,
  removeTotp,
} from "./calls";
import { Sheet } from "./frame";
import { askWho } from "./me";
import { makePasskey, PasskeyCancelled, passkeysWork } from "./passkeys";
import { when } from "./sessions";
import { Recovery, SetUpTotp } from "./totp";
import { t } from "./words";

type Act = (doing: () => Promise<unknown>) => Promise<void>;

/** Runs one act at a time and reads anew what there is; turning away from a passkey is no failure. */
function useActs(read: Loading<Found>) {
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const act: Act = async (doing) => {
    setBusy(true);
    setFailure(null);
    try {
      await doing();
      await Promise.all([read.again(), askWho()]);
    } catch (error) {
      if (!(error instanceof PasskeyCancelled)) setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return { act, busy, failure };
}

export function Factors() {
  const read = useMemo(() => new Loading(factors), []);
  const { act, busy, failure } = useActs(read);
  useEffect(() => void read.load(), []);
  return (
    <Sheet title={t("acc_security")}>
      {failure !== null && <Notice kind="bad">{explain(failure)}</Notice>}
      <Loaded of={read} part>
        {(found) => (
          <div class="stack-wide">
            <Passkeys items={found.passkeys} act={act} busy={busy} />
            <App found={found} act={act} busy={busy} onSet={() => void act(async () => undefined)} />
          </div>
        )}
      </Loaded>
    </Sheet>
  );
}

function Passkeys({ items, act, busy }: { items: readonly PasskeyLine[]; act: Act; busy: boolean }) {
  const add = () => act(async () => addPasskey(await makePasskey(await beginPasskey()), ""));
  return (
    <div class="stack">
      <h3>{t("acc_passkeys")}</h3>
      {items.length === 0 ? (
        <p class="soft">{t("acc_passkeys_none")}</p>
      ) : (
        <ul class="lines">
          {items.map((line) => (
            <Passkey key={line.id} line={line} act={act} />
          ))}
        </ul>
      )}
      {passkeysWork() ? (
        <span>
          <Button busy={busy} onClick={() => void add()}>
            {t("acc_add_passkey")}
          </Button>
        </span>
      ) : (
        <p class="small soft">{t("acc_passkeys_not_here")}</p>
      )}
    </div>
  );
}

function Passkey({ line, act }: { line: PasskeyLine; act: Act }) {
  const [naming, setNaming] = useState(false);
  const name = line.label || t("acc_passkey_nameless");
  const form = useForm({ label: line.label });
  const rename = form.submit(async ({ label }) => {
    await act(() => namePasskey(line.id, label.trim()));
    setNaming(false);
  });
  if (naming) {
    return (
      <li>
        <form class="stack" noValidate ref={form.element} onSubmit={(event) => void rename(event)}>
          <Field
            {...form.field("label")}
            label={t("acc_passkey_device")}
            hint={t("acc_passkey_hint")}
            maxLength={60}
          />
          <span class="row">
            <Button type="submit" busy={form.busy}>
              {t("acc_save")}
            </Button>
            <Button kind="plain" onClick={() => setNaming(false)}>
              {t("acc_cancel")}
            </Button>
          </span>
        </form>
      </li>
    );
  }
  return (
    <li>
      <div>
        <strong>{name}</strong>{" "}
        <span class="small soft">
          {line.last_used_at_ms === null
            ? t("acc_never_used")
            : t("acc_last_used", { time: when(line.last_used_at_ms) })}
        </span>
      </div>
      <span class="row">
        <Button kind="plain" aria-label={`${t("acc_rename")}: ${name}`} onClick={() => setNaming(true)}>
          {t("acc_rename")}
        </Button>
        <Button
          kind="plain"
          aria-label={t("acc_remove_passkey", { name })}
          onClick={() => void act(() => removePasskey(line.id))}
        >
          {t("acc_remove")}
        </Button>
      </span>
    </li>
  );
}

function App({ found, act, busy, onSet }: { found: Found; act: Act; busy: boolean; onSet(): void }) {
  const [setting, setSetting] = useState(false);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  if (codes !== null) {
    return (
      <Recovery
        codes={codes}
        onKept={() => {
          setCodes(null);
          onSet();
        }}
      />
    );
  }
  if (setting) {
    return (
      <SetUpTotp
        onCancel={() => setSetting(false)}
        onDone={(made) => {
          setSetting(false);
          setCodes(made);
        }}
      />
    );
  }
  const { totp, recovery_left } = found;
  return (
    <div class="stack">
      <h3>{t("acc_app")}</h3>
      <p class="soft">
        {totp === null ? t("acc_app_off") : t("acc_app_on", { time: when(totp.confirmed_at_ms) })}
      </p>
      {totp === null ? (
        <span>
          <Button onClick={() => setSetting(true)}>{t("acc_add_totp")}</Button>
        </span>
      ) : (
        <>
          <p>{t("acc_recovery_left", { n: recovery_left })}</p>
          <span class="row">
            <Button
              busy={busy}
              onClick={() => void act(async () => setCodes((await newRecovery()).recovery))}
            >
              {t("acc_make_codes")}
            </Button>
            <Button kind="bad" busy={busy} onClick={() => void act(removeTotp)}>
              {t("acc_totp_remove")}
            </Button>
          </span>
        </>
      )}
    </div>
  );
}
