import { expect, test } from "vitest";
import { moved } from "../buyer/pages/items";

test("units move between ticket types and never change in number", () => {
  expect(moved({ general: 3, half: 0 }, "half", 1)).toEqual({ general: 2, half: 1 });
  expect(moved({ general: 2, half: 1 }, "half", 0)).toEqual({ general: 3 });
  expect(moved({ general: 1, half: 1, child: 1 }, "child", 3)).toEqual({ child: 3 });
  expect(moved({ general: 3 }, "general", 3)).toEqual({ general: 3 });
});
