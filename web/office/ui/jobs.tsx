/**
 * Work that takes a while: shown on every page until it is done, and dismissed by hand when it failed.
 * Owns: the jobs of this tab. Guarantees: a job goes on when its page is left; asked for twice at once it runs once.
 */

import { signal } from "@preact/signals";
import { explain } from "../../shared/app/refusals";
import { Button } from "../../shared/ui/controls";
import { t } from "../words";
import { tell } from "./toasts";

/** How much is done, of how much if that is known. */
export type Progress = (done: number, of?: number) => void;

interface Job {
  name: string;
  done: number;
  of: number | null;
  failure: unknown;
  stop: AbortController;
}

export const jobs = signal<ReadonlyMap<string, Job>>(new Map());

function change(id: string, changed: Partial<Job> | null): void {
  const next = new Map(jobs.peek());
  const job = next.get(id);
  if (changed === null) next.delete(id);
  else if (job) next.set(id, { ...job, ...changed });
  jobs.value = next;
}

/** Run `work` in the tray; what it answers is told when it is done. */
export async function run(
  id: string,
  name: string,
  work: (progress: Progress, stopped: AbortSignal) => Promise<string>,
): Promise<void> {
  const before = jobs.peek().get(id);
  if (before && before.failure === null) return;
  const stop = new AbortController();
  jobs.value = new Map(jobs.peek()).set(id, { name, done: 0, of: null, failure: null, stop });
  try {
    const said = await work((done, of) => change(id, { done, of: of ?? null }), stop.signal);
    change(id, null);
    if (!stop.signal.aborted) tell(said);
  } catch (failure) {
    change(id, stop.signal.aborted ? null : { failure });
  }
}

export function Jobs() {
  if (jobs.value.size === 0) return null;
  return (
    <section class="jobs" aria-label={t("off_jobs")}>
      {[...jobs.value].map(([id, job]) => (
        <div key={id} class="job">
          <strong>{job.name}</strong>
          <span class="small" role="status">
            {job.failure === null ? t("off_job_done", { n: job.done }) : explain(job.failure)}
          </span>
          {job.failure === null && job.of !== null && (
            <progress max={job.of} value={job.done} aria-label={job.name} />
          )}
          <Button
            onClick={() => {
              job.stop.abort();
              change(id, null);
            }}
          >
            {t(job.failure === null ? "off_stop" : "dismiss")}
          </Button>
        </div>
      ))}
    </section>
  );
}
