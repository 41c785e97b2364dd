/**
 * Reads and writes over HTTP, for what is not live.
 * Guarantees: what the server put into the page is not asked for again; a problem document becomes a Refusal.
 */

import { Refusal, Unanswered } from "../live/errors";

interface Problem {
  code?: string;
  detail?: string;
  title?: string;
  retryable?: boolean;
  fields?: { path: string; message: string }[];
}

let first: Record<string, unknown> | null = null;

/** What the server put into the page: answers by their API path, under "api". */
export function firstData(): Record<string, unknown> {
  if (first === null) {
    const text = document.getElementById("aforo")?.textContent ?? "{}";
    const parsed = JSON.parse(text || "{}") as { api?: Record<string, unknown> };
    first = parsed.api ?? {};
  }
  return first;
}

export async function read<T>(path: string, headers: Record<string, string> = {}): Promise<T> {
  const given = firstData();
  const known = given[path];
  if (known !== undefined) {
    delete given[path]; // once: the next reading is a fresh one
    return known as T;
  }
  return send<T>("GET", path, undefined, headers);
}

export async function send<T>(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers: {
        Accept: "application/json",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new Unanswered();
  }
  if (answer.status === 204) return undefined as T;
  const parsed = (await answer.json().catch(() => null)) as unknown;
  if (answer.ok) return parsed as T;
  const problem = (parsed ?? {}) as Problem;
  throw new Refusal({
    ...problem,
    code: problem.code ?? (answer.status === 404 ? "not_found" : "internal"),
    message: problem.detail ?? problem.title ?? answer.statusText,
    retryable: problem.retryable ?? answer.status >= 500,
  });
}
