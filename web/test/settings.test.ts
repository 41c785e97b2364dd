/** What somebody may do, in words; what a key's maker types and chooses. */

import { beforeAll, expect, it, vi } from "vitest";
import { words } from "../office/i18n/en";
import { grouped, listed, PERMISSIONS } from "../office/pages/settings/scope-list";
import { grantWords, instantOf, roleName, typedOf } from "../office/pages/settings/scopes";
import { SETTINGS_WORDS } from "../office/pages/settings/words";
import { speak } from "../shared/i18n";

const NAMES: Record<string, string> = { evt_1: "Jazz", evt_2: "Tango" };
const named = (id: string) => NAMES[id] ?? id;
const when = () => "Fri 4 Dec";
const grant = {
  role: "analyst",
  events: [] as string[],
  venues: [] as string[],
  until_at_ms: null as number | null,
};

beforeAll(async () => {
  vi.stubGlobal("document", { documentElement: {} });
  vi.stubGlobal("navigator", { languages: ["en"] });
  const office = () => Promise.resolve({ words });
  await speak("en", { en: office, es: office, pt: office });
  await speak("en", SETTINGS_WORDS);
});

it("says a grant as a person would", () => {
  expect(grantWords(grant, named, when)).toBe("Analyst");
  const narrow = { ...grant, events: ["evt_1", "evt_2"], venues: ["ven_9"], until_at_ms: 1 };
  expect(grantWords(narrow, named, when)).toBe("Analyst in Jazz, Tango, ven_9 until Fri 4 Dec");
  expect(roleName("of_tomorrow")).toBe("of_tomorrow");
});

it("reads an end on the reader's own clock, and shows the same again", () => {
  expect(instantOf("")).toBeNull();
  expect(instantOf("soon")).toBeNull();
  const at_ms = Date.UTC(2026, 11, 4, 22, 30);
  expect(instantOf(typedOf(at_ms))).toBe(at_ms);
});

it("groups permissions by subject and loses none", () => {
  const groups = grouped(PERMISSIONS);
  expect(groups.flatMap(([, words]) => words).sort()).toEqual([...PERMISSIONS].sort());
  expect(groups.map(([subject]) => subject)).toEqual([...new Set(groups.map(([subject]) => subject))]);
});

it("takes what is typed apart at commas, spaces and lines", () => {
  expect(listed(" 203.0.113.0/24,\n10.0.0.1; ::1 ")).toEqual(["203.0.113.0/24", "10.0.0.1", "::1"]);
  expect(listed("  ")).toEqual([]);
});
