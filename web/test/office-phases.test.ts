import { describe, expect, it } from "vitest";
import { codesIn, ENTRY_RULES, entryOf } from "../office/entries";
import { backTo, bodyOf, type Draft, drafts, fresh, hasBegun, mistakesIn, stretches } from "../office/phases";
import type { PhaseShape } from "../shared/wire/contract";

const ZONE = "Europe/Madrid";
const OPENS = "2037-03-01T10:00";
const CLOSES = "2037-03-10T20:00";
const at = (text: string) => Date.parse(`${text}+01:00`);
const phase = (id: string, change: Partial<PhaseShape> = {}): PhaseShape => ({
  id,
  name: id,
  from_ms: null,
  until_ms: null,
  entry: "open",
  person_max: null,
  types: [],
  places: [],
  ...change,
});
const members = phase("members", {
  name: "Members",
  until_ms: at("2037-03-02T10:00:30.250"),
  entry: "code",
  person_max: 2,
  types: ["member"],
});
const all = phase("all", { name: "Everybody", from_ms: at("2037-03-03T10:00") });
const rowsOf = (...phases: PhaseShape[]) => drafts(phases, ZONE);
const changed = (rows: Draft[], nth: number, change: Partial<Draft>) =>
  rows.map((row, n) => (n === nth ? { ...row, ...change } : row));

describe("phases as an organizer edits them", () => {
  it("are sent as they were read, to the millisecond, and entered as they were", () => {
    expect(bodyOf(rowsOf(members, all), ZONE)).toEqual({
      members: {
        name: "Members",
        from: null,
        until: "2037-03-02T09:00:30.250Z",
        types: ["member"],
        places: [],
        person_max: 2,
      },
      all: {
        name: "Everybody",
        from: "2037-03-03T09:00:00.000Z",
        until: null,
        types: [],
        places: [],
        person_max: null,
      },
    });
  });

  it("are sent as they are typed, by the event's clocks", () => {
    const rows = changed(rowsOf(members, all), 0, { until: "2037-03-02T12:00", besides: "ONE, TWO\nTHREE" });
    expect(bodyOf(rows, ZONE).members).toMatchObject({
      until: "2037-03-02T12:00",
      entry: { code: ["ONE", "TWO", "THREE"] },
    });
    const opened = changed(rows, 0, { entry: "account" });
    expect(bodyOf(opened, ZONE).members?.entry).toBe("account");
  });

  it("get names of their own when they are new, and enter as the sale says unless something else is chosen", () => {
    const rows = rowsOf(all);
    rows.push({ ...fresh(rows), name: "All" }, { ...fresh(rows), name: "Fans", entry: "contact", row: 9 });
    const body = bodyOf(rows, ZONE);
    expect(Object.keys(body)).toEqual(["all", "all-2", "fans"]);
    expect(body["all-2"]).not.toHaveProperty("entry");
    expect(body.fans?.entry).toBe("contact");
  });

  it("that come first begin with the sale, whatever they began with before", () => {
    const [first, second] = rowsOf(members, all) as [Draft, Draft];
    expect(bodyOf([second, first], ZONE).all?.from).toBeNull();
  });

  it("have begun once their time came, the first with the sale; new ones have not", () => {
    const [first, second] = rowsOf(members, all) as [Draft, Draft];
    const opens = "2037-03-01T10:00:00+01:00";
    expect(hasBegun(first, opens, Date.parse(opens) - 1)).toBe(false);
    expect(hasBegun(first, opens, Date.parse(opens))).toBe(true);
    expect(hasBegun(second, opens, at("2037-03-03T09:59"))).toBe(false);
    expect(hasBegun(second, opens, at("2037-03-03T10:00"))).toBe(true);
    expect(hasBegun(fresh([]), opens, at("2037-03-05T10:00"))).toBe(false);
  });

  it("come back as they were, unless codes would be missing", () => {
    const rows = rowsOf(members, all);
    expect(backTo([members, all], rows, ZONE)?.all?.entry).toBe("open");
    expect(backTo([members, all], rows, ZONE)?.members).not.toHaveProperty("entry");
    expect(backTo([members, all], rows.slice(0, 1), ZONE)).not.toBeNull();
    expect(backTo([members, all], rows.slice(1), ZONE)).toBeNull();
    expect(backTo([members, all], changed(rows, 0, { besides: "NEW" }), ZONE)).toBeNull();
    expect(backTo([members, all], changed(rows, 0, { entry: "open" }), ZONE)).toBeNull();
  });

  it.each([
    [0, { name: " " }, "0.name", "name"],
    [0, { until: OPENS }, "0.until", "backwards"],
    [0, { until: "2037-03-03T10:01" }, "1.from", "overlaps"],
    [0, { until: "2037-03-10T20:01" }, "0.until", "too_late"],
    [0, { entry: "code" as const, was: null }, "0.besides", "codes"],
    [0, { person_max: "0" }, "0.person_max", "number"],
    [0, { person_max: "two" }, "0.person_max", "number"],
    [1, { until: "2037-03-03T10:00" }, "1.until", "backwards"],
    [1, { from: "2037-03-02T09:59" }, "1.from", "overlaps"],
    [1, { from: "2037-03-10T20:01" }, "1.from", "too_late"],
  ])("phase %i with %o is told at %s", (nth, change, field, what) => {
    const rows = rowsOf(members, all);
    expect(mistakesIn(rows, OPENS, CLOSES).size).toBe(0);
    expect(mistakesIn(changed(rows, nth, change), OPENS, CLOSES).get(field)).toBe(what);
  });

  it("need a beginning where the one before has no end", () => {
    const rows = changed(changed(rowsOf(members, all), 0, { until: "" }), 1, { from: "" });
    expect([...mistakesIn(rows, OPENS, CLOSES)]).toEqual([["1.from", "no_beginning"]]);
  });
});

describe("a sale read back", () => {
  const told = (rows: Draft[]) =>
    stretches(rows, OPENS).map(({ phase, from, until }) => [phase?.id ?? null, from, until]);

  it("names its phases, and the gaps in which nobody may enter", () => {
    const rows = changed(rowsOf(members, all), 1, { until: "2037-03-05T10:00" });
    expect(told(rows)).toEqual([
      ["members", OPENS, "2037-03-02T10:00"],
      [null, "2037-03-02T10:00", "2037-03-03T10:00"],
      ["all", "2037-03-03T10:00", "2037-03-05T10:00"],
      [null, "2037-03-05T10:00", null],
    ]);
  });

  it("has none where each begins as the one before ends", () => {
    const rows = changed(rowsOf(members, all), 1, { from: "" });
    expect(told(rows)).toEqual([
      ["members", OPENS, "2037-03-02T10:00"],
      ["all", "2037-03-02T10:00", null],
    ]);
    expect(told(changed(rowsOf(members, all), 0, { until: "" }))[0]).toEqual([
      "members",
      OPENS,
      "2037-03-03T10:00",
    ]);
  });
});

describe("who may enter", () => {
  it("is said by a word, or by codes", () => {
    expect(codesIn(" A ,B\n\nC")).toEqual(["A", "B", "C"]);
    expect(ENTRY_RULES.map((rule) => entryOf(rule, "A"))).toEqual([
      "open",
      "challenge",
      "contact",
      "account",
      { code: ["A"] },
      { segment: "A" },
    ]);
  });
});
