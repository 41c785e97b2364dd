import { expect, test } from "vitest";
import { groupExpires, groupNumber, luhn, problemsOf } from "../buyer/pages/card";

const good = { number: "4242 4242 4242 4242", expires: "12/30", cvc: "123" };
const now = new Date(2027, 2, 15);

test("numbers are grouped as they are typed", () => {
  expect(groupNumber("42424")).toBe("4242 4");
  expect(groupNumber("4242-4242 4242x4242")).toBe("4242 4242 4242 4242");
});

test("the expiry's slash comes and goes by itself", () => {
  expect(groupExpires("1", "")).toBe("1");
  expect(groupExpires("5", "")).toBe("05/");
  expect(groupExpires("12", "1")).toBe("12/");
  expect(groupExpires("12", "12/")).toBe("12");
  expect(groupExpires("1230", "12/3")).toBe("12/30");
});

test("what cannot be a card is named before it is sent", () => {
  expect(problemsOf(good, now)).toEqual({});
  expect(luhn("4242424242424241")).toBe(false);
  expect(problemsOf({ ...good, number: "4242 4242" }, now).number).toBe("card_number");
  expect(problemsOf({ ...good, expires: "13/30" }, now).expires).toBe("card_expires");
  expect(problemsOf({ ...good, expires: "02/27" }, now).expires).toBe("card_expired");
  expect(problemsOf({ ...good, expires: "03/27" }, now).expires).toBeUndefined();
  expect(problemsOf({ ...good, cvc: "12" }, now).cvc).toBe("card_cvc");
});

test("what is empty is missing, and not mistyped", () => {
  expect(problemsOf({ number: " ", expires: "", cvc: "" }, now)).toEqual({
    number: "card_number_missing",
    expires: "card_expires_missing",
    cvc: "card_cvc_missing",
  });
});

test("an expiry may be typed with a slash, or filled in with its whole year", () => {
  expect(groupExpires("5/", "5")).toBe("05/");
  expect(groupExpires("5/27", "")).toBe("05/27");
  expect(groupExpires("12/2027", "")).toBe("12/27");
  expect(groupExpires("12 / 27", "")).toBe("12/27");
});
