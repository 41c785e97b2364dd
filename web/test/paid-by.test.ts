import { expect, test } from "vitest";
import { paidBy } from "../buyer/sale/paid-by";
import type { SaleInfo } from "../shared/sale/sales";

const small = { amount_from: null, amount_up_to: 10_000, payment_methods: ["pix"] };
const large = {
  amount_from: 10_001,
  amount_up_to: 50_000,
  payment_methods: ["stripe"],
  payment_key: "pk_large",
  payment_script: "https://x/",
};
const sale = { name: "Jazz", payment_methods: ["pix"], payments: [small, large] } as unknown as SaleInfo;

test("a sum is paid where it is taken, at both ends of a range", () => {
  const how = (total: number) => {
    const { payment_methods, payment_key } = paidBy(sale, total);
    return [payment_methods, payment_key];
  };
  expect(how(1)).toEqual([["pix"], undefined]);
  expect(how(10_000)).toEqual([["pix"], undefined]);
  expect(how(10_001)).toEqual([["stripe"], "pk_large"]);
  expect(how(50_000)).toEqual([["stripe"], "pk_large"]);
  expect(how(50_001)).toEqual([[], undefined]);
});

test("a sale with one way for all sums stays as it is", () => {
  const plain = { payment_methods: ["card"] } as unknown as SaleInfo;
  expect(paidBy(plain, 5)).toBe(plain);
  expect(paidBy(sale, 0)).toBe(sale);
});
