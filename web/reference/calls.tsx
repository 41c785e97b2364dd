/** The requests, group by group, each with what it takes, what it answers, and a way to try it. */

import type { Call, Need, Types } from "./described";
import { Folded } from "./folded";
import { Kind, Shape } from "./shape";
import { Try } from "./try";

const NEEDS: Record<Need, string> = {
  nobody: "Anybody may ask.",
  buyer: "For buyers: this browser's own, once POST /api/buyers has made it one, or a buyer token.",
  organizer: "For organizers: an API key.",
};

function Details({ call, types }: { call: Call; types: Types }) {
  return (
    <>
      <div class="stack">
        <p>{NEEDS[call.needs]}</p>
        {call.body && (
          <section class="stack-tight">
            <h4>Body</h4>
            <Shape of={call.body} types={types} />
          </section>
        )}
        <section class="stack-tight">
          <h4>Answers</h4>
          <dl class="reference-members">
            {call.answers.map(({ status, description, schema }) => (
              <div key={status}>
                <dt class="figure">{status}</dt>
                <dd>
                  {description.replaceAll("`", "")} {schema && <Kind of={schema} />}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
      <section class="stack-tight">
        <h4>Try it</h4>
        <p class="small soft">Sent for real, to this installation.</p>
        <Try call={call} types={types} />
      </section>
    </>
  );
}

function CallLine({ call, types }: { call: Call; types: Types }) {
  return (
    <Folded
      id={call.id}
      line={
        <>
          <span class="reference-method">{call.method}</span> <code>{call.path}</code>
        </>
      }
      summary={call.summary}
      inside={() => <Details call={call} types={types} />}
    />
  );
}

export function Calls({ calls, types, sought }: { calls: Call[]; types: Types; sought: string }) {
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = calls.filter(({ method, path, summary }) => {
    const text = `${method} ${path} ${summary}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const groups = [...new Set(shown.map(({ group }) => group))];
  return (
    <section class="stack-wide" aria-labelledby="http">
      <h2 class="title" id="http">
        HTTP
      </h2>
      <p class="visually-hidden" role="status">
        {shown.length} requests
      </p>
      {groups.length === 0 && <p class="lead">No request is like that.</p>}
      {groups.map((group) => (
        <section key={group} class="stack-tight" aria-labelledby={`group-${group}`}>
          <h3 id={`group-${group}`}>{group}</h3>
          <div class="reference-list">
            {shown
              .filter((call) => call.group === group)
              .map((call) => (
                <CallLine key={call.id} call={call} types={types} />
              ))}
          </div>
        </section>
      ))}
    </section>
  );
}
