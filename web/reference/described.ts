/** The API as its two documents describe it, in the shape that the page shows. Pure. */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  items?: Schema;
  prefixItems?: Schema[];
  description?: string;
  format?: string;
  pattern?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}
export type Types = Record<string, Schema>;

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  schema: Schema;
}

type Content = Record<string, { schema?: Schema }>;

interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  parameters: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
  security: Record<string, unknown>[];
}

export interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Types };
}

export interface AsyncApi {
  components: { messages: Record<string, { summary?: string; payload: Schema }>; schemas: Types };
}

/** What a request must carry. */
export type Need = "nobody" | "buyer" | "organizer";

export interface Answer {
  status: string;
  description: string;
  schema: Schema | null;
}

export interface Call {
  id: string;
  group: string;
  method: string;
  path: string;
  summary: string;
  needs: Need;
  parameters: Parameter[];
  body: Schema | null;
  answers: Answer[];
}

function need(security: Record<string, unknown>[]): Need {
  if (security.length === 0) return "nobody";
  return security.some((way) => "apiKey" in way) ? "organizer" : "buyer";
}

const schemaOf = (content: Content | undefined) => Object.values(content ?? {})[0]?.schema ?? null;

export function callsOf(document: OpenApi): Call[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      id: operation.operationId,
      group: operation.tags[0] ?? "",
      method: method.toUpperCase(),
      path,
      summary: operation.summary,
      needs: need(operation.security),
      parameters: operation.parameters,
      body: schemaOf(operation.requestBody?.content),
      answers: Object.entries(operation.responses).map(([status, answer]) => ({
        status,
        description: answer.description,
        schema: schemaOf(answer.content),
      })),
    })),
  );
}

/** The name of the type that a schema points at. */
export const named = (schema: Schema): string | null => schema.$ref?.split("/").at(-1) ?? null;

export function resolved(schema: Schema, types: Types): Schema {
  const name = named(schema);
  return name === null ? schema : (types[name] ?? {});
}

/** "integer", "array of string", "string or null": a name for what a schema allows. */
export function kindOf(schema: Schema): string {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return [...new Set(choices.map(kindOf))].join(" or ");
  if (schema.allOf) return schema.allOf.map(kindOf).join(" and ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.items) return `array of ${kindOf(schema.items)}`;
  if (Array.isArray(schema.type)) return schema.type.join(" or ");
  if (typeof schema.additionalProperties === "object")
    return `object of ${kindOf(schema.additionalProperties)}`;
  return named(schema) ?? schema.type ?? "anything";
}

/** The types that a schema names, each once, in reading order. */
export function namesIn(schema: Schema): string[] {
  const name = named(schema);
  const parts = [
    ...(schema.anyOf ?? []),
    ...(schema.oneOf ?? []),
    ...(schema.allOf ?? []),
    ...(schema.prefixItems ?? []),
    ...(schema.items ? [schema.items] : []),
    ...(typeof schema.additionalProperties === "object" ? [schema.additionalProperties] : []),
  ];
  return [...new Set([...(name ? [name] : []), ...parts.flatMap(namesIn)])];
}

/** "1 to 200", "at most 100 characters": the bounds of a value. */
export function boundsOf(schema: Schema): string[] {
  const some = schema.anyOf?.find((choice) => choice.type !== "null") ?? schema;
  const range = (least: number | undefined, most: number | undefined, unit: string) => {
    if (least !== undefined && least > 0 && most !== undefined) return `${least} to ${most}${unit}`;
    if (most !== undefined) return `at most ${most}${unit}`;
    return least !== undefined && least > 0 ? `at least ${least}${unit}` : "";
  };
  return [
    range(some.minimum, some.maximum, ""),
    range(some.minLength, some.maxLength, " characters"),
    range(some.minItems, some.maxItems, " items"),
    some.format ?? "",
    schema.default === undefined || schema.default === null
      ? ""
      : `default ${JSON.stringify(schema.default)}`,
  ].filter(Boolean);
}

const DEPTH_MAX = 6;

/** A value of this form to begin with: what is required, and nothing else. */
export function example(schema: Schema, types: Types, depth = 0): unknown {
  const whole = resolved(schema, types);
  if (depth > DEPTH_MAX) return null;
  if (whole.default !== undefined) return whole.default;
  if ("const" in whole) return whole.const;
  if (whole.enum) return whole.enum[0];
  const choice = (whole.anyOf ?? whole.oneOf)?.[0];
  if (choice) return example(choice, types, depth + 1);
  if (whole.allOf) return Object.assign({}, ...whole.allOf.map((part) => example(part, types, depth + 1)));
  const kind = Array.isArray(whole.type) ? whole.type[0] : whole.type;
  switch (kind) {
    case "object": {
      const members = Object.entries(whole.properties ?? {});
      const wanted = members.filter(([name]) => whole.required?.includes(name));
      return Object.fromEntries(wanted.map(([name, member]) => [name, example(member, types, depth + 1)]));
    }
    case "array":
      return whole.items && whole.minItems ? [example(whole.items, types, depth + 1)] : [];
    case "integer":
    case "number":
      return whole.minimum ?? 0;
    case "boolean":
      return false;
    case "null":
      return null;
    default:
      return "";
  }
}
