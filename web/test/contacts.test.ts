import { afterEach, expect, test, vi } from "vitest";
import { contactProblems, forgetContact, keepContact, keptContact } from "../buyer/sale/contacts";

const ana = { name: "Ana Núñez", email: "ana@example.org", phone: "" };
const nobody = { name: "", email: "", phone: "" };

afterEach(() => {
  forgetContact();
  vi.unstubAllGlobals();
});

test("what is missing and what cannot be right are told apart, field by field", () => {
  expect(contactProblems(ana)).toEqual({});
  expect(contactProblems({ ...ana, phone: "+34 600 11 22 33" })).toEqual({});
  expect(contactProblems({ name: " ", email: "", phone: "" })).toEqual({
    name: "issue_contact_missing_contact_name",
    email: "issue_contact_missing_contact_email",
  });
  for (const email of ["ana", "ana@", "ana@example", "a b@example.org", "ana@example..org"]) {
    expect(contactProblems({ ...ana, email }).email, email).toBe("issue_contact_invalid_contact_email");
  }
  expect(contactProblems({ ...ana, phone: "call me" }).phone).toBe("issue_contact_invalid_contact_phone");
});

test("a contact outlives its cart in this tab, and ends with a purchase", () => {
  const area = new Map<string, string>();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => area.get(key) ?? null,
    setItem: (key: string, value: string) => area.set(key, value),
    removeItem: (key: string) => area.delete(key),
  });
  expect(keptContact()).toEqual(nobody);
  keepContact({ ...ana, key: "tres tristes tigres" } as typeof ana);
  expect(keptContact()).toEqual(ana);
  expect([...area.values()].join()).not.toContain("tigres");
  forgetContact();
  expect(keptContact()).toEqual(nobody);
  expect(area.size).toBe(0);
  area.set("aforo.contact", "{broken");
  expect(keptContact()).toEqual(nobody);
});
