/**
 * Reads and writes over HTTP, for what is not live.
 * Guarantees: what the server put into the page is not asked for again; a problem document becomes a Refusal.
 */

import { Refusal, Unanswered } from "../live/errors";
import type { Problem, Routes } from "../wire/contract";

export interface AnyAsked {
  /** the parts of the path, by their names in braces */
  parts?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
  /** as it is now, and not as a cache has it */
  anew?: boolean;
}

export interface Asked<R extends keyof Routes> extends AnyAsked {
  body?: Routes[R]["body"];
}

interface First {
  api?: Record<string, unknown>;
  opened_for?: string;
}

let first: Required<First> | null = null;

function cameHere(): Required<First> {
  if (first === null) {
    const text = document.getElementById("aforo")?.textContent ?? "{}";
    const { api = {}, opened_for = "" } = JSON.parse(text || "{}") as First;
    first = { api, opened_for };
  }
  return first;
}

/** What the server put into the page: answers by their API path, under "api". */
const firstData = (): Record<string, unknown> => cameHere().api;

/** Address of the payment provider's program that this document may load; "" for nearly all. */
export const openedFor = (): string => cameHere().opened_for;

export function addressOf(route: string, parts: Record<string, string> = {}, query = {}): string {
  const path = route.slice(route.indexOf(" ") + 1);
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parts[name] ?? ""));
  const asked = new URLSearchParams(query).toString();
  return asked ? `${filled}?${asked}` : filled;
}

/** Whether an answer came with the page, and was not read yet. */
export function cameWithPage<R extends keyof Routes>(route: R, asked: Asked<R> = {}): boolean {
  return addressOf(route, asked.parts, asked.query) in firstData();
}

/** What the page came with, once; else what the server says. */
export async function read<R extends keyof Routes>(
  route: R,
  asked: Asked<R> = {},
): Promise<Routes[R]["answer"]> {
  const address = addressOf(route, asked.parts, asked.query);
  const given = firstData();
  const known = given[address];
  if (known === undefined) return send(route, asked);
  delete given[address];
  return known as Routes[R]["answer"];
}

export async function send<R extends keyof Routes>(
  route: R,
  asked: Asked<R> = {},
): Promise<Routes[R]["answer"]> {
  return (await call(route, asked)).body as Routes[R]["answer"];
}

/** What was answered, and the version of it that a later change names in If-Match. */
export interface Answered {
  body: unknown;
  version: string | null;
}

export async function call(
  route: string,
  { parts, query, body, headers, anew }: AnyAsked = {},
): Promise<Answered> {
  let answer: Response;
  try {
    answer = await fetch(addressOf(route, parts, query), {
      method: route.slice(0, route.indexOf(" ")),
      headers: {
        Accept: "application/json",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(anew ? { cache: "no-cache" } : {}),
    });
  } catch {
    throw new Unanswered();
  }
  const version = answer.headers.get("ETag");
  if (answer.status === 204) return { body: undefined, version };
  const parsed = (await answer.json().catch(() => null)) as unknown;
  // something else is needed first, such as a second person: accepted, but not done
  const told = answer.headers.get("Content-Type")?.startsWith("application/problem+json") ?? false;
  if (answer.ok && !told) return { body: parsed, version };
  const problem = (parsed ?? {}) as Partial<Problem>;
  throw new Refusal({
    ...problem,
    code: problem.code ?? (answer.status === 404 ? "not_found" : "internal"),
    message: problem.detail ?? problem.title ?? answer.statusText,
    retryable: problem.retryable ?? answer.status >= 500,
  });
}
