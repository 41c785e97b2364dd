import { describe, expect, it, vi } from "vitest";
import { answerProblem, answersOf, refusedAnswers, unsent } from "../buyer/pages/answers";
import { ticketsAsked, ticketWords } from "../buyer/pages/questions";
import type { SaleSession } from "../buyer/sale/session";
import { t } from "../shared/i18n";
import { Refusal } from "../shared/live/errors";
import type { Cart } from "../shared/wire/messages";

const question = (id: string, asked: [string | null, string][]) => ({
  id,
  ask: `${id}?`,
  kind: "text" as const,
  options: [],
  per: "ticket" as const,
  required: true,
  for: [],
  asked: asked.map(([ticket, answer]) => ({ ticket, answer })),
});
const cart = {
  items: [
    { item: "seat:7", seat: 7, price: 1, section: "stalls", row: "B", label: "3" },
    { item: "pool:floor", pool: "floor", units: 2, price: 2 },
  ],
  questions: [
    question("allergies", [[null, "Nuts"]]),
    question("meal", [
      ["pool:floor:0", ""],
      ["pool:floor:1", ""],
      ["seat:7", "Vegan"],
    ]),
  ],
} as unknown as Cart;
const sale = {
  info: { value: { pools: [{ id: "floor", name: "Floor" }], sections: [] } },
} as unknown as SaleSession;

describe("what a buyer answers", () => {
  it("is sent where the server has something else, and is asked for", () => {
    expect(answersOf(cart)).toEqual({
      allergies: "Nuts",
      "meal.pool:floor:0": "",
      "meal.pool:floor:1": "",
      "meal.seat:7": "Vegan",
    });
    const typed = { allergies: " Nuts ", "meal.seat:7": "", "meal.pool:floor:1": "Meat", gone: "x" };
    expect(unsent(typed, cart)).toEqual({ "meal.seat:7": "", "meal.pool:floor:1": "Meat" });
    expect(unsent(typed, null)).toEqual({});
  });

  it("may be refused by name", () => {
    const error = new Refusal({
      code: "invalid",
      message: "",
      retryable: false,
      fields: [
        { path: "answers.meal.seat:7", message: "no" },
        { path: "contact.name", message: "no" },
      ],
    });
    expect(refusedAnswers(error)).toEqual(["meal.seat:7"]);
    expect(refusedAnswers(new Error("lost"))).toEqual([]);
    expect(refusedAnswers(null)).toEqual([]);
  });

  it("is grouped by tickets, as they are in the cart and as people call them", () => {
    expect(ticketsAsked(cart)).toEqual(["seat:7", "pool:floor:0", "pool:floor:1"]);
    expect(ticketWords(sale, cart, "pool:floor:1")).toBe("Floor 2");
  });

  it("is nothing where a server of the release before asks nothing", () => {
    const older = { items: [] } as unknown as Cart;
    expect([answersOf(older), ticketsAsked(older)]).toEqual([{}, []]);
  });

  it("says of a choice that is gone the same, whoever finds it first", () => {
    vi.stubGlobal("navigator", { languages: ["en"] });
    const menu = { ...question("menu", []), kind: "choice" as const };
    const gone = t("issue_answer_invalid");
    expect(answerProblem(menu, gone, false)).toBe(gone);
    expect(answerProblem(menu, gone, true)).toBe(gone);
    expect(answerProblem(question("allergies", []), null, true)).toBe(t("answer_unusable"));
  });
});
