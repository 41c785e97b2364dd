/** What surrounds every office page: masthead, language and theme; the key is asked for first. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { explain } from "../shared/app/refusals";
import { live } from "../shared/app/services";
import { codeOf } from "../shared/live/errors";
import { Choices } from "../shared/ui/choices";
import { Button, Field } from "../shared/ui/controls";
import { Badge, Notice } from "../shared/ui/signs";
import { useTitle } from "../shared/ui/title";
import { key, logIn, logOut } from "./api";
import { useFirstWrong } from "./first-wrong";
import { t } from "./words";

/** What the field says of the key; null when the key is not to blame. */
function keyProblem(failure: unknown): string | null {
  if (failure === "missing") return t("dash_key_missing");
  return codeOf(failure) === "unauthorized" ? t("dash_key_wrong") : null;
}

function LogIn() {
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const [tries, setTries] = useState(0);
  const form = useFirstWrong(tries);
  const problem = failure === null ? null : keyProblem(failure);
  useTitle(t("dash_title"));
  const type = (value: string) => {
    setTyped(value);
    setFailure(null);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      if (typed.trim() === "") setFailure("missing");
      else await logIn(typed.trim());
    } catch (error) {
      setFailure(error);
    } finally {
      setBusy(false);
      setTries((before) => before + 1);
    }
  };
  return (
    <div class="page page-narrow stack-wide">
      <h1 class="poster">{t("dash_title")}</h1>
      <form class="stack" noValidate ref={form} onSubmit={(event) => void submit(event)}>
        <Field
          label={t("dash_key")}
          hint={t("dash_key_hint")}
          type="password"
          name="api-key"
          autocomplete="current-password"
          value={typed}
          onValue={type}
          maxLength={200}
          problem={problem}
        />
        {failure !== null && problem === null && <Notice kind="bad">{explain(failure)}</Notice>}
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
      <a class="skip" href="#main">
        {t("skip")}
      </a>
      <header class="masthead board-head">
        <a class="brand" href="/dashboard" aria-label={t("dash_title")}>
          <span>AFORO</span>
        </a>
        <nav aria-label={t("main_menu")}>
          {key.value && (
            <Button kind="plain" onClick={logOut}>
              {t("dash_log_out")}
            </Button>
          )}
        </nav>
        {live.status.value !== "live" && (
          <span class="board-connecting">
            <Badge>{t("dash_connecting")}</Badge>
          </span>
        )}
      </header>
      <main id="main" tabIndex={-1}>
        {key.value ? children : <LogIn />}
      </main>
      <footer class="footer board-foot">
        <div>
          <span class="row">
            <Choices />
          </span>
        </div>
      </footer>
    </>
  );
}
