/** The members of a type, as rows; a type that has a name of its own is a link to it. */

import { boundsOf, kindOf, namesIn, type Schema, type Types } from "./described";

function Member({ name, schema, required }: { name: string; schema: Schema; required: boolean }) {
  const bounds = boundsOf(schema);
  return (
    <div>
      <dt>
        <code>{name}</code>
        {required && <span class="reference-required small">required</span>}
      </dt>
      <dd>
        <Kind of={schema} />
        {bounds.length > 0 && <span class="soft">, {bounds.join(", ")}</span>}
        {schema.description && <p class="soft">{schema.description}</p>}
      </dd>
    </div>
  );
}

/** What a schema allows, with the types it names as links. */
export function Kind({ of: schema }: { of: Schema }) {
  const names = namesIn(schema);
  return (
    <>
      {kindOf(schema)
        .split(/(\w+)/)
        .map((word) =>
          names.includes(word) ? (
            <a key={word} href={`#type-${word}`}>
              {word}
            </a>
          ) : (
            word
          ),
        )}
    </>
  );
}

export function Shape({ of: schema, types }: { of: Schema; types: Types }) {
  const parts = (schema.allOf ?? [schema]).flatMap((part) => {
    const name = part.$ref?.split("/").at(-1);
    return [name === undefined ? part : (types[name] ?? {})];
  });
  const members = parts.flatMap((part) =>
    Object.entries(part.properties ?? {}).map(([name, member]) => ({
      name,
      member,
      required: part.required?.includes(name) ?? false,
    })),
  );
  if (members.length === 0) {
    return (
      <p class="reference-kind">
        <Kind of={schema} />
      </p>
    );
  }
  return (
    <dl class="reference-members">
      {members.map(({ name, member, required }) => (
        <Member key={name} name={name} schema={member} required={required} />
      ))}
    </dl>
  );
}
