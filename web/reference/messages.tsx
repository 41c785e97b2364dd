/** What goes over the socket, and every type that has a name. */

import type { AsyncApi, Types } from "./described";
import { Folded } from "./folded";
import { Shape } from "./shape";

export function Messages({
  messages,
  types,
}: {
  messages: AsyncApi["components"]["messages"];
  types: Types;
}) {
  return (
    <section class="stack" aria-labelledby="socket">
      <h2 class="title" id="socket">
        Socket
      </h2>
      <pre class="reference-code">
        {`npx wscat -s aforo.json.1 -c ${location.origin.replace(/^http/, "ws")}/ws`}
      </pre>
      <div class="reference-list">
        {Object.entries(messages).map(([name, { summary, payload }]) => (
          <Folded
            key={name}
            id={`message-${name}`}
            line={<code>{name}</code>}
            summary={summary}
            inside={() => <Shape of={payload} types={types} />}
          />
        ))}
      </div>
    </section>
  );
}

export function TypesList({ types }: { types: Types }) {
  return (
    <section class="stack" aria-labelledby="types">
      <h2 class="title" id="types">
        Types
      </h2>
      <div class="reference-list">
        {Object.entries(types)
          .sort(([a], [b]) => a.localeCompare(b))
          .map(([name, schema]) => (
            <Folded
              key={name}
              id={`type-${name}`}
              line={<code>{name}</code>}
              summary={schema.description}
              inside={() => <Shape of={schema} types={types} />}
            />
          ))}
      </div>
    </section>
  );
}
