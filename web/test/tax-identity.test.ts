import { describe, expect, it } from "vitest";
import { isEmpty, lacking, NOBODY, refusedTaxFields, tidied } from "../buyer/pages/tax-identity";
import { Refusal } from "../shared/live/errors";

const COMPANY = {
  ...NOBODY,
  name: "Casa S. L.",
  tax_id: "B1",
  address: "Calle 1",
  city: "Oviedo",
  country: "ES",
};

describe("whom a receipt is made out to", () => {
  it("lacks nothing where nothing is written, and only the postal code may be left out", () => {
    expect(lacking(NOBODY)).toEqual({});
    expect(lacking(COMPANY)).toEqual({});
    for (const name of ["name", "tax_id", "address", "city", "country"] as const)
      expect(lacking({ ...COMPANY, [name]: "" })).toEqual({ [name]: "tax_needed" });
    expect(lacking({ ...COMPANY, country: "ESP" })).toEqual({ country: "tax_country_wrong" });
  });

  it("is sent without spaces around it, its country in capitals", () => {
    expect(tidied({ ...COMPANY, name: " Casa S. L. ", country: " es" })).toEqual(COMPANY);
    expect(isEmpty(tidied({ ...NOBODY, city: "  " }))).toBe(true);
  });

  it("has its mistakes at the fields that a refusal names", () => {
    const said = {
      code: "invalid",
      fields: [
        { path: "tax_identity.tax_id", message: "" },
        { path: "key", message: "" },
      ],
    };
    expect(refusedTaxFields(new Refusal(said as never))).toEqual(["tax_id"]);
    expect(refusedTaxFields(new Error())).toEqual([]);
  });
});
