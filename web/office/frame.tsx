/** What surrounds every office page: masthead, language and theme; the key is asked for first. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { explain } from "../shared/app/refusals";
import { live } from "../shared/app/services";
import { Choices } from "../shared/ui/choices";
import { Button, Field } from "../shared/ui/controls";
import { Badge } from "../shared/ui/signs";
import { useTitle } from "../shared/ui/title";
import { forgetKey, key, logIn } from "./api";
import { t } from "./words";

function LogIn() {
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  useTitle(t("dash_title"));
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await logIn(typed.trim());
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="page page-narrow stack-wide">
      <h1 class="poster">{t("dash_title")}</h1>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <Field
          label={t("dash_key")}
          hint={t("dash_key_hint")}
          type="password"
          name="api-key"
          autocomplete="current-password"
          value={typed}
          onValue={setTyped}
          maxLength={200}
          problem={failure === null ? null : explain(failure)}
        />
        <span>
          <Button kind="main" size="large" type="submit" busy={busy}>
            {t("dash_log_in")}
          </Button>
        </span>
      </form>
    </div>
  );
}

export function Frame({ children }: { children: ComponentChildren }) {
  return (
    <>
      <header class="masthead board-head">
        <a class="brand" href="/dashboard" aria-label={t("dash_title")}>
          <span>AFORO</span>
        </a>
        <nav aria-label={t("main_menu")}>
          {live.status.value !== "live" && <Badge>{t("dash_connecting")}</Badge>}
          <Choices />
          {key.value && (
            <Button kind="plain" onClick={forgetKey}>
              {t("dash_log_out")}
            </Button>
          )}
        </nav>
      </header>
      <main id="main">{key.value ? children : <LogIn />}</main>
    </>
  );
}
