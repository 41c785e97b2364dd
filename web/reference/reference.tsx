/** Entry of the API reference: every route, every message of the socket and every type, from the documents that the server serves. */

import { signal } from "@preact/signals";
import { render } from "preact";
import { Loading } from "../shared/app/loading";
import { theme } from "../shared/app/theme";
import { buttonClass } from "../shared/ui/controls";
import { Calls } from "./calls";
import { type AsyncApi, callsOf, type OpenApi } from "./described";
import { Messages, TypesList } from "./messages";
import { apiKey } from "./try";
import "../shared/ui/base.css";
import "../shared/ui/controls.css";
import "../shared/ui/shell.css";
import "./reference.css";

async function fetched<T>(address: string): Promise<T> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  return answer.json() as Promise<T>;
}

const documents = new Loading(async () => {
  const [http, socket] = await Promise.all([
    fetched<OpenApi>("/api/openapi.json"),
    fetched<AsyncApi>("/api/asyncapi.json"),
  ]);
  const types = { ...socket.components.schemas, ...http.components.schemas };
  return { calls: callsOf(http), messages: socket.components.messages, types };
});
const sought = signal("");

function Head() {
  return (
    <header class="stack">
      <h1 class="poster">API</h1>
      <p class="lead">
        Every request and every message, as the server itself describes and checks them. For programs: <br />
        <a href="/api/openapi.json">OpenAPI 3.1</a> (HTTP) and <a href="/api/asyncapi.json">AsyncAPI 3</a>{" "}
        (the socket at <code>/ws</code>).
      </p>
    </header>
  );
}

function Asked() {
  return (
    <search class="reference-asked">
      <div class="field">
        <label for="sought">Find a request</label>
        <input
          id="sought"
          class="input"
          type="search"
          autocomplete="off"
          placeholder="holds, webhooks, promo …"
          value={sought.value}
          onInput={(input) => {
            sought.value = input.currentTarget.value;
          }}
        />
      </div>
      <div class="field">
        <label for="api-key">API key</label>
        <input
          id="api-key"
          class="input"
          type="password"
          autocomplete="new-password"
          placeholder="ak_…"
          aria-describedby="api-key-hint"
          value={apiKey.value}
          onInput={(input) => {
            apiKey.value = input.currentTarget.value.trim();
          }}
        />
        <span class="hint" id="api-key-hint">
          For what an organizer may do. Forgotten when you leave this page.
        </span>
      </div>
    </search>
  );
}

function Whole() {
  const read = documents.value.value;
  if (documents.failure.value !== null) {
    return (
      <div class="stack" role="alert">
        <p>The description of the API could not be loaded.</p>
        <span>
          <button type="button" class={buttonClass()} onClick={() => void documents.again()}>
            Try again
          </button>
        </span>
      </div>
    );
  }
  if (read === null) return <div aria-busy="true" class="reference-coming" />;
  return (
    <>
      <Calls calls={read.calls} types={read.types} sought={sought.value} />
      {sought.value.trim() === "" && (
        <>
          <Messages messages={read.messages} types={read.types} />
          <TypesList types={read.types} />
        </>
      )}
    </>
  );
}

function Reference() {
  return (
    <>
      <header class="masthead">
        <a class="brand" href="/" aria-label="Aforo, home">
          <span>AFORO</span>
        </a>
        <nav aria-label="Main menu">
          <button
            type="button"
            class="link"
            onClick={() => {
              const dark = getComputedStyle(document.documentElement).colorScheme === "dark";
              const deviceDark = matchMedia("(prefers-color-scheme: dark)").matches;
              theme.value = dark || (theme.value === "system" && deviceDark) ? "light" : "dark";
            }}
          >
            Light or dark
          </button>
        </nav>
      </header>
      <main id="main" class="page stack-wide">
        <Head />
        <Asked />
        <Whole />
      </main>
    </>
  );
}

/** A link to a type or a call unfolds it. */
function unfold(): void {
  const there = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!(there instanceof HTMLDetailsElement)) return;
  there.open = true;
  there.scrollIntoView();
}

const root = document.getElementById("app");
if (root) {
  root.replaceChildren(); // what stood there for those without scripts
  render(<Reference />, root);
  addEventListener("hashchange", unfold);
  void documents.load().then(() => requestAnimationFrame(unfold));
}
