/** The API reference: what it makes of the documents. */

import { describe, expect, it } from "vitest";
import { boundsOf, callsOf, example, kindOf, namesIn } from "../reference/described";

const types = {
  Hold: {
    type: "object",
    required: ["hold", "best"],
    properties: {
      hold: { type: "string" },
      best: { $ref: "#/components/schemas/Best" },
      cart: { type: "boolean", default: true },
    },
  },
  Best: {
    type: "object",
    required: ["seats"],
    properties: { seats: { type: "integer", minimum: 1, maximum: 10 } },
  },
  Endless: {
    type: "object",
    required: ["inner"],
    properties: { inner: { $ref: "#/components/schemas/Endless" } },
  },
};

describe("the API reference", () => {
  it("begins a body with what is required, and nothing else", () => {
    expect(example({ $ref: "#/components/schemas/Hold" }, types)).toEqual({ hold: "", best: { seats: 1 } });
  });

  it("ends with a type that holds itself", () => {
    expect(() => JSON.stringify(example({ $ref: "#/components/schemas/Endless" }, types))).not.toThrow();
  });

  it("names what a schema allows", () => {
    const schema = { anyOf: [{ type: "array", items: { $ref: "#/x/Best" } }, { type: "null" }] };
    expect(kindOf(schema)).toBe("array of Best or null");
    expect(namesIn(schema)).toEqual(["Best"]);
    expect(boundsOf({ type: "string", maxLength: 64 })).toEqual(["at most 64 characters"]);
    expect(boundsOf({ type: "integer", minimum: 1, maximum: 200, default: 50 })).toEqual([
      "1 to 200",
      "default 50",
    ]);
  });

  it("says who may ask", () => {
    const operation = { operationId: "o", summary: "", tags: ["sales"], parameters: [], responses: {} };
    const call = (security: Record<string, unknown>[]) =>
      callsOf({ paths: { "/x": { get: { ...operation, security } } }, components: { schemas: {} } })[0];
    expect(call([])?.needs).toBe("nobody");
    expect(call([{ buyerToken: [] }, { buyerCookie: [] }])?.needs).toBe("buyer");
    expect(call([{ apiKey: [] }])?.needs).toBe("organizer");
  });
});
