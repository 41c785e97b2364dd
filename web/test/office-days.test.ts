import { describe, expect, it } from "vitest";
import { admitsBody, admitsOf, bodyOf, drafts, fresh, mistakesIn, problemsOf } from "../office/days";
import { Refusal } from "../shared/live/errors";

const ZONE = "Europe/Madrid";
const days = [
  { id: "fri", name: "Friday", starts_at: "2037-05-01T16:00:00.500Z" },
  { id: "sat", name: "Saturday", starts_at: "2037-05-02T10:00:00Z" },
];
const stored = () => drafts(days, ZONE);

describe("days as an organizer edits them", () => {
  it("are sent as they were read, or as they are typed", () => {
    const [fri, sat] = stored();
    if (!fri || !sat) throw new Error("there are two");
    expect(bodyOf([fri, { ...sat, name: "Samstag", starts: "2037-05-02T13:00" }], ZONE)).toEqual({
      fri: { name: "Friday", starts: "2037-05-01T16:00:00.500Z" },
      sat: { name: "Samstag", starts: "2037-05-02T13:00" },
    });
  });

  it("keep what admits to them while they come, go and get names", () => {
    const rows = stored();
    const admits = admitsOf({ pass: ["fri", "sat"], friday: ["fri"] }, rows);
    expect(admitsBody(admits, rows)).toEqual({ pass: ["fri", "sat"], friday: ["fri"] });
    const more = [...rows, { ...fresh(rows), name: "Sunday" }];
    expect(admitsBody({ ...admits, sunday: [2] }, more)).toMatchObject({ sunday: ["sunday"] });
    expect(admitsBody(admits, rows.slice(1))).toEqual({ pass: ["sat"] });
  });

  it("need a name and a beginning", () => {
    const row = fresh(stored());
    expect([...mistakesIn([row])]).toEqual([
      [`${row.row}.name`, "name"],
      [`${row.row}.starts`, "starts"],
    ]);
    expect(mistakesIn(stored()).size).toBe(0);
  });

  it("and what admits to them show what the server says where it belongs, even where both have one name", () => {
    const fields = [
      { path: "days.sat.starts", message: "is before the event starts" },
      { path: "admits.fri", message: "names no day" },
      { path: "admits", message: "cannot change any more" },
    ];
    const refused = new Refusal({ code: "invalid", message: "", retryable: false, fields });
    expect([...problemsOf(refused, stored())]).toEqual([
      ["1.starts", "is before the event starts"],
      ["admits.fri", "names no day"],
      ["", "cannot change any more"],
    ]);
  });
});
