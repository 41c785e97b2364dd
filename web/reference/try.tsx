/** Sends a request to this installation, as the fields say, and shows what it answers. */

import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { newId } from "../shared/app/storage";
import { buttonClass } from "../shared/ui/controls";
import { type Call, example, type Parameter, type Types } from "./described";

/** Kept for as long as the page is open, and nowhere else. */
export const apiKey = signal("");

interface Asked {
  address: string;
  headers: Record<string, string>;
  body: string | null;
}

interface Answered {
  status: string;
  headers: string;
  text: string;
}

const SHOWN = ["etag", "cache-control", "retry-after", "location", "aforo-request"];
const TEXT_MAX = 20_000;

function asked(call: Call, values: Record<string, string>, body: string | null): Asked {
  const given = (where: Parameter["in"]) =>
    call.parameters
      .filter((each) => each.in === where && values[each.name])
      .map((each) => [each.name, values[each.name] ?? ""] as const);
  const query = new URLSearchParams(given("query").map(([name, value]) => [name, value])).toString();
  const path = call.path.replace(/\{(\w+)\}/g, (whole, name: string) =>
    values[name] ? encodeURIComponent(values[name]) : whole,
  );
  return {
    address: query ? `${path}?${query}` : path,
    headers: {
      ...(call.needs === "organizer" && apiKey.value ? { Authorization: `Bearer ${apiKey.value}` } : {}),
      ...(body === null ? {} : { "Content-Type": "application/json" }),
      ...Object.fromEntries(given("header")),
    },
    body,
  };
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** The same request for a terminal; a key is named and not shown. */
function curl(method: string, { address, headers, body }: Asked): string {
  const shown = { ...headers, ...(headers.Authorization ? { Authorization: "Bearer $AFORO_KEY" } : {}) };
  return [
    `curl -X ${method} ${quoted(location.origin + address)}`,
    ...Object.entries(shown).map(([name, value]) =>
      name === "Authorization" ? `-H "${name}: ${value}"` : `-H ${quoted(`${name}: ${value}`)}`,
    ),
    ...(body === null ? [] : [`-d ${quoted(body)}`]),
  ].join(" \\\n  ");
}

const cut = (text: string) =>
  text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}\n… ${text.length - TEXT_MAX} more characters` : text;

async function answerTo(method: string, request: Asked): Promise<Answered> {
  try {
    const { address, headers, body } = request;
    const answer = await fetch(address, { method, headers, ...(body === null ? {} : { body }) });
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.includes("json") ?? false;
    return {
      status: `${answer.status} ${answer.statusText}`.trim(),
      headers: SHOWN.flatMap((name) =>
        answer.headers.has(name) ? [`${name}: ${answer.headers.get(name)}`] : [],
      ).join("\n"),
      text: cut(isJson && text ? JSON.stringify(JSON.parse(text), null, 2) : text),
    };
  } catch (error) {
    return { status: "No answer", headers: "", text: String(error) };
  }
}

function beginning(call: Call): Record<string, string> {
  return Object.fromEntries(
    call.parameters.filter(({ name }) => name === "Idempotency-Key").map(({ name }) => [name, newId()]),
  );
}

export function Try({ call, types }: { call: Call; types: Types }) {
  const [values, setValues] = useState(() => beginning(call));
  const [body, setBody] = useState(() =>
    call.body === null ? null : JSON.stringify(example(call.body, types), null, 2),
  );
  const [answer, setAnswer] = useState<Answered | null>(null);
  const [busy, setBusy] = useState(false);
  const request = asked(call, values, body);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setAnswer(await answerTo(call.method, request));
    setBusy(false);
  };
  return (
    <form class="stack reference-try" onSubmit={(event) => void submit(event)}>
      {call.parameters.map(({ name, required }) => (
        <div class="field" key={name}>
          <label for={`${call.id}-${name}`}>
            {name}
            {!required && <span class="faint small"> · optional</span>}
          </label>
          <input
            id={`${call.id}-${name}`}
            class="input"
            autocomplete="off"
            spellcheck={false}
            required={required}
            value={values[name] ?? ""}
            onInput={(input) => setValues({ ...values, [name]: input.currentTarget.value })}
          />
        </div>
      ))}
      {body !== null && (
        <div class="field">
          <label for={`${call.id}-body`}>Body</label>
          <textarea
            id={`${call.id}-body`}
            class="input reference-body"
            spellcheck={false}
            rows={Math.min(16, body.split("\n").length + 1)}
            value={body}
            onInput={(input) => setBody(input.currentTarget.value)}
          />
        </div>
      )}
      <pre class="reference-code">{curl(call.method, request)}</pre>
      <span>
        <button type="submit" class={buttonClass("main")} aria-disabled={busy ? "true" : undefined}>
          Send
        </button>
      </span>
      <div role="status" class="stack-tight">
        {answer && (
          <>
            <strong>{answer.status}</strong>
            {answer.headers && <pre class="reference-code small">{answer.headers}</pre>}
            {answer.text && <pre class="reference-code">{answer.text}</pre>}
          </>
        )}
      </div>
    </form>
  );
}
