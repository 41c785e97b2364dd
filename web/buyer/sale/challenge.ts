/**
 * Solving a challenge: the proof of work that a sale may ask for a place. The work is done by ALTCHA's own worker, a
 * file of our host like any other, so that the page stays quick and its Content-Security-Policy needs no exception.
 */

import solver from "altcha/workers/pbkdf2?url";
import type { Challenge } from "../../shared/wire/messages";

interface Solution {
  counter: number;
  derivedKey: string;
}

export function solve(challenge: Challenge): Promise<string> {
  const worker = new Worker(solver);
  return new Promise<Solution>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Solution | { error: unknown } | null>) => {
      if (data && "counter" in data) resolve(data);
      else reject(new Error("the challenge was not solved"));
    };
    worker.onerror = () => reject(new Error("the solver did not start"));
    worker.postMessage({ type: "work", challenge, counterMode: "uint32", counterStart: 0, counterStep: 1 });
  })
    .then(({ counter, derivedKey }) => btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } })))
    .finally(() => worker.terminate());
}
