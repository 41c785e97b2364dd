/**
 * Figures of the machine, as the organizer of a sale may read them: how large batches are, how long they take, and what the last check found.
 * Pure. Works on the difference between two readings, so that it shows now, not since the start.
 */

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

export function parseMetrics(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) continue;
    const match = LINE.exec(line);
    if (!match?.[1]) continue;
    const labels: Record<string, string> = {};
    for (const [, name, value] of (match[2] ?? "").matchAll(LABEL)) if (name) labels[name] = value ?? "";
    samples.push({ name: match[1], labels, value: Number(match[3]) });
  }
  return samples;
}

export interface BatchFigures {
  calls_per_s: number;
  items_per_call: number;
  p99_ms: number | null;
}

function total(samples: readonly Sample[], name: string): number {
  return samples.filter((sample) => sample.name === name).reduce((sum, sample) => sum + sample.value, 0);
}

function buckets(samples: readonly Sample[], name: string): Map<number, number> {
  const found = new Map<number, number>();
  for (const sample of samples) {
    if (sample.name !== `${name}_bucket`) continue;
    const bound = sample.labels.le === "+Inf" ? Number.POSITIVE_INFINITY : Number(sample.labels.le);
    found.set(bound, (found.get(bound) ?? 0) + sample.value);
  }
  return found;
}

/** What happened between two readings, all batches together; null when nothing did. */
export function batchFigures(
  before: readonly Sample[],
  now: readonly Sample[],
  seconds: number,
): BatchFigures | null {
  const grown = (name: string) => total(now, name) - total(before, name);
  const calls = grown("aforo_batch_seconds_count");
  if (calls <= 0 || seconds <= 0) return null;
  const earlier = buckets(before, "aforo_batch_seconds");
  let p99_ms: number | null = null;
  for (const [bound, count] of [...buckets(now, "aforo_batch_seconds")].sort(([a], [b]) => a - b)) {
    if (count - (earlier.get(bound) ?? 0) >= 0.99 * calls) {
      p99_ms = Number.isFinite(bound) ? bound * 1000 : null;
      break;
    }
  }
  return { calls_per_s: calls / seconds, items_per_call: grown("aforo_batch_items_sum") / calls, p99_ms };
}

/** Violations the last check of this sale found; null when it was not checked yet. */
export function violations(samples: readonly Sample[], sale: string): number | null {
  const found = samples.find(
    (sample) => sample.name === "aforo_invariant_violations" && sample.labels.sale === sale,
  );
  return found ? found.value : null;
}
