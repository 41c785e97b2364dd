import { expect, test } from "vitest";
import { type Plan, saleTimes } from "../buyer/sale/times";

const NOW = Date.parse("2027-01-05T12:00:00Z");
const PLAN: Plan = {
  lobby_at: "2027-01-10T08:30:00Z",
  opens_at: "2027-01-10T09:00:00Z",
  closes_at: "2027-02-01T20:00:00Z",
  opened_at: null,
  closed_at: null,
};
const PASSED: Plan = { ...PLAN, lobby_at: "2027-01-01T08:30:00Z", opens_at: "2027-01-01T09:00:00Z" };
const said = (plan: Plan, state: Parameters<typeof saleTimes>[1]) =>
  saleTimes(plan, state, NOW).map(({ word, at }) => `${word} ${at.slice(0, 10)}`);

test("before it opens, what is planned", () => {
  expect(said(PLAN, "scheduled")).toEqual([
    "room_opens 2027-01-10",
    "sale_opens 2027-01-10",
    "sale_closes 2027-02-01",
  ]);
  expect(said({ ...PLAN, lobby_at: "2027-01-05T11:00:00Z" }, "lobby")).toEqual([
    "sale_opens 2027-01-10",
    "sale_closes 2027-02-01",
  ]);
});

test("opened by hand: never the plan", () => {
  const opened_at = "2027-01-04T10:00:00Z";
  for (const state of ["open", "paused"] as const) {
    expect(said({ ...PLAN, opened_at }, state)).toEqual(["sale_opened 2027-01-04", "sale_closes 2027-02-01"]);
    expect(said(PLAN, state), "opened since this page was read").toEqual(["sale_closes 2027-02-01"]);
  }
});

test("opened by its plan, whether or not the page was read since", () => {
  expect(said({ ...PASSED, opened_at: PASSED.opens_at }, "open")[0]).toBe("sale_opened 2027-01-01");
  expect(said(PASSED, "open")[0]).toBe("sale_opened 2027-01-01");
});

test("closed by hand: never the plan", () => {
  const closed_at = "2027-01-05T11:00:00Z";
  expect(said({ ...PASSED, closed_at }, "closed")).toEqual([
    "sale_opened 2027-01-01",
    "sale_closed 2027-01-05",
  ]);
  expect(said(PASSED, "closed"), "closed since this page was read").toEqual(["sale_opened 2027-01-01"]);
});

test("a sale that was closed before it opened never opened", () => {
  expect(said({ ...PLAN, closed_at: "2027-01-05T11:00:00Z" }, "closed")).toEqual(["sale_closed 2027-01-05"]);
  const since = { ...PASSED, closed_at: "2026-12-30T11:00:00Z" };
  expect(said(since, "closed"), "and its hour has passed").toEqual(["sale_closed 2026-12-30"]);
});

test("over by its plan", () => {
  const over = { ...PASSED, closes_at: "2027-01-03T20:00:00Z" };
  expect(said(over, "ended")).toEqual(["sale_opened 2027-01-01", "sale_closed 2027-01-03"]);
});

test("late to open: no time that has passed is promised", () => {
  expect(said(PASSED, "scheduled")).toEqual(["sale_closes 2027-02-01"]);
});
