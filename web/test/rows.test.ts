import { describe, expect, test } from "vitest";
import { differences } from "../office/ui/differences";
import { type Column, csv, filtered, nextOrder, readOrder, sorted, writeOrder } from "../office/ui/rows";
import { safeNext } from "../shared/account/links";
import { bytesOf, textOf } from "../shared/account/passkeys";
import { Refusal } from "../shared/live/errors";
import { ownProblems, serverProblems } from "../shared/ui/form";

interface Row {
  name: string;
  sold: number | null;
}

const COLUMNS: Column<Row>[] = [
  { id: "name", name: "Name", value: ({ name }) => name },
  { id: "sold", name: "Sold", value: ({ sold }) => sold },
];
const ROWS: Row[] = [
  { name: "Ópera", sold: 2 },
  { name: "jazz 10", sold: null },
  { name: "Jazz 9", sold: 10 },
  { name: "copla", sold: 2 },
];
const names = (rows: readonly Row[]) => rows.map(({ name }) => name);

describe("rows", () => {
  test("are sorted as the language sorts, with figures as figures", () => {
    expect(names(sorted(ROWS, COLUMNS, { by: "name", down: false }, "es"))).toEqual([
      "copla",
      "Jazz 9",
      "jazz 10",
      "Ópera",
    ]);
    expect(names(sorted(ROWS, COLUMNS, null, "es"))).toEqual(names(ROWS));
  });

  test("keep their order where they are equal, and have what is empty last either way", () => {
    expect(names(sorted(ROWS, COLUMNS, { by: "sold", down: false }, "es"))).toEqual([
      "Ópera",
      "copla",
      "Jazz 9",
      "jazz 10",
    ]);
    expect(names(sorted(ROWS, COLUMNS, { by: "sold", down: true }, "es")).at(-1)).toBe("jazz 10");
  });

  test("fit when every word is in some cell", () => {
    expect(names(filtered(ROWS, COLUMNS, "JAZZ 1"))).toEqual(["jazz 10", "Jazz 9"]); // 9 sold 10
    expect(names(filtered(ROWS, COLUMNS, "opera"))).toEqual(["Ópera"]);
    expect(filtered(ROWS, COLUMNS, "jazz ballet")).toEqual([]);
  });

  test("a head pressed three times is back where it was; an order stands in an address", () => {
    const once = nextOrder(null, "sold");
    const twice = nextOrder(once, "sold");
    expect([once, twice, nextOrder(twice, "sold")]).toEqual([
      { by: "sold", down: false },
      { by: "sold", down: true },
      null,
    ]);
    expect(readOrder(writeOrder({ by: "sold", down: true }), ["sold"])).toEqual({ by: "sold", down: true });
    expect(readOrder("-nothing", ["sold"])).toBeNull();
    expect(readOrder(null, ["sold"])).toBeNull();
  });

  test("as a file quote what must be, and hand no formula to a spreadsheet", () => {
    const rows: Row[] = [
      { name: 'A "B", C', sold: -1 },
      { name: "=HYPERLINK(1)", sold: null },
      { name: "two\nlines", sold: 3 },
    ];
    expect(csv(rows, COLUMNS)).toBe(
      '\uFEFFName,Sold\r\n"A ""B"", C",-1\r\n\'=HYPERLINK(1),\r\n"two\nlines",3\r\n',
    );
    for (const begins of ["+", "-", "@", "\t", "\r"]) {
      expect(csv([{ name: `${begins}1`, sold: 0 }], COLUMNS)).toContain(`'${begins}1`);
    }
  });
});

describe("forms", () => {
  const refused = (fields: { path: string; message: string }[]) =>
    new Refusal({ code: "invalid", message: "", retryable: false, fields });

  test("the server's word on a field goes to that field, the first one of several", () => {
    const error = refused([
      { path: "email", message: "not an address" },
      { path: "email", message: "too long" },
      { path: "grants.0.role", message: "no such role" },
      { path: "elsewhere", message: "unknown" },
    ]);
    expect(serverProblems(error, ["email", "grants"])).toEqual({
      email: "not an address",
      grants: "no such role",
    });
    expect(serverProblems(new Error("x"), ["email"])).toEqual({});
  });

  test("a rule sees the other fields too", () => {
    const same = (value: string, all: { a: string; b: string }) => (value === all.a ? null : "differs");
    expect(ownProblems({ a: "1", b: "2" }, { b: same })).toEqual({ b: "differs" });
    expect(ownProblems({ a: "1", b: "1" }, { b: same })).toEqual({});
  });

  test("whoever saves second is shown what differs, and nothing else", () => {
    const mine = { name: "Ana", until: 5, kept: true };
    const theirs = { name: "Luis", until: 5, kept: false };
    expect(differences(mine, theirs, { name: "Name", until: "Until" })).toEqual([
      { name: "Name", mine: "Ana", theirs: "Luis" },
    ]);
  });
});

describe("the way back after signing in", () => {
  const back = (next: string) =>
    safeNext(`?${new URLSearchParams({ next })}`, "/office", "/office", "https://a.example");

  test.each(["/office", "/office/sales/jazz", "/office/orders?sale=jazz&sort=-total"])(
    "%s is ours",
    (next) => {
      expect(back(next)).toBe(next);
    },
  );

  test.each([
    "https://evil.example/office",
    "//evil.example/office",
    "/\\evil.example/office",
    "/\t/evil.example/office",
    "javascript:alert(1)",
    "/officevil",
    "/office/../s/jazz",
    "/api/security/sessions",
    "office",
    "",
  ])("%j is not, and is ignored", (next) => {
    expect(back(next)).toBe("/office");
  });
});

test("bytes of passkeys travel as base64url", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
  const text = textOf(bytes.buffer);
  expect(text).not.toMatch(/[+/=]/);
  expect(bytesOf(text)).toEqual(bytes);
  expect(bytesOf("-_8")).toEqual(Uint8Array.of(0xfb, 0xff));
});
