import { describe, expect, test } from "vitest";
import { PER_SECOND, SHOPPERS, wholeNumber } from "../office/room-limits";
import { SaleList } from "../office/sale-list";
import type { SalePageShape } from "../shared/wire/contract";

describe("limits of the room", () => {
  test.each([
    ["1", 1],
    [" 250 ", 250],
    ["10000", 10_000],
    ["007", 7],
  ])("%j is a number of admissions", (written, number) => {
    expect(wholeNumber(written, PER_SECOND)).toBe(number);
  });

  test.each(["", " ", "0", "-1", "1.5", "1e3", "10001", "12 people", "٣", "9999999999"])(
    "%j is none",
    (written) => {
      expect(wholeNumber(written, PER_SECOND)).toBeNull();
    },
  );

  test("a sale with a room lets somebody shop", () => {
    expect(wholeNumber("0", SHOPPERS)).toBeNull();
    expect(wholeNumber("1000000", SHOPPERS)).toBe(1_000_000);
  });
});

describe("the list of sales", () => {
  const PAGE = 3;
  function shelf(names: string[]) {
    const asked: [string, string | null][] = [];
    const read = async (words: string, after: string | null): Promise<SalePageShape> => {
      asked.push([words, after]);
      const fit = names.filter((name) => name.includes(words));
      const from = after === null ? 0 : Number(after);
      const items = fit.slice(from, from + PAGE).map((id) => ({ id })) as SalePageShape["items"];
      return { items, next: from + PAGE < fit.length ? String(from + PAGE) : null };
    };
    return { asked, list: new SaleList(read) };
  }
  const ids = (list: SaleList) => list.read.value.value?.items.map(({ id }) => id);
  const NAMES = ["a1", "b1", "a2", "b2", "a3", "b3", "a4", "b4"];

  test("shows a page, another below, and as many when it is read anew", async () => {
    const { list } = shelf(NAMES);
    await list.read.again();
    expect(ids(list)).toEqual(NAMES.slice(0, 3));
    await list.more();
    expect(ids(list)).toEqual(NAMES.slice(0, 6));
    await list.read.again();
    expect(ids(list)).toEqual(NAMES.slice(0, 6));
    await list.more();
    expect(ids(list)).toEqual(NAMES);
    expect(list.read.value.value?.next).toBeNull();
  });

  test("a search begins with its first page, and the same words are not asked for twice", async () => {
    const { list, asked } = shelf(NAMES);
    await list.read.again();
    await list.more();
    list.search("a");
    list.search("a");
    await list.read.load();
    await new Promise(setImmediate);
    expect(ids(list)).toEqual(["a1", "a2", "a3"]);
    expect(asked.filter(([words]) => words === "a")).toEqual([["a", null]]);
  });

  test("what is typed later counts, in whatever order answers come", async () => {
    const waiting: ((page: SalePageShape) => void)[] = [];
    const list = new SaleList(() => new Promise((resolve) => waiting.push(resolve)));
    const page = (id: string) => ({ items: [{ id }], next: null }) as unknown as SalePageShape;
    list.search("j");
    list.search("jazz");
    waiting[1]?.(page("jazz"));
    waiting[0]?.(page("judo"));
    await new Promise(setImmediate);
    expect(ids(list)).toEqual(["jazz"]);
  });
});
