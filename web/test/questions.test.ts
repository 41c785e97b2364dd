import { describe, expect, it } from "vitest";
import { bodyOf, drafts, fresh, keysOf, problemsOf } from "../office/questions";
import { Refusal } from "../shared/live/errors";

const meal = {
  id: "meal",
  ask: "Which meal?",
  kind: "choice" as const,
  options: ["Meat", "Vegan"],
  per: "ticket" as const,
  required: true,
  for: ["half"],
};

describe("questions as an organizer edits them", () => {
  it("are sent as they were read", () => {
    const { id, ...rest } = meal;
    expect(bodyOf(drafts([meal]))).toEqual({ [id]: rest });
  });

  it("get names of their own when they are new, none twice", () => {
    const rows = drafts([{ ...meal, id: "allergies" }]);
    for (const ask of ["Allergies?", "¿Alguna  alergia?", "?", "?", "x".repeat(90)]) {
      rows.push({ ...fresh(rows), ask });
    }
    expect(keysOf(rows)).toEqual([
      "allergies",
      "allergies-2",
      "alguna-alergia",
      "question",
      "question-2",
      "x".repeat(36),
    ]);
    expect(new Set(rows.map(({ row }) => row)).size).toBe(rows.length);
  });

  it("have options where they are a choice, one per line", () => {
    const [row] = drafts([meal]);
    if (!row) throw new Error("there is one");
    const written = { ...row, options: " Fish \n\n Vegan\n" };
    expect(bodyOf([written]).meal?.options).toEqual(["Fish", "Vegan"]);
    expect(bodyOf([{ ...written, kind: "text" }]).meal?.options).toEqual([]);
  });

  it("show what the server says beside the row", () => {
    const error = new Refusal({
      code: "invalid",
      message: "",
      retryable: false,
      fields: [
        { path: "questions.meal.options", message: "name the same option twice" },
        { path: "questions.meal", message: "needs a name" },
        { path: "questions", message: "are too long together" },
      ],
    });
    expect([...problemsOf(error, drafts([meal]))]).toEqual([
      ["0.options", "name the same option twice"],
      ["0.ask", "needs a name"],
      ["", "are too long together"],
    ]);
    expect(problemsOf(new Error("lost"), []).size).toBe(0);
  });
});
