/** What a new price list changes, from what to what, as the server planned it. Pure. */

import type { DuesShape, FeeShape, PriceListShape, TaxShape } from "../shared/wire/contract";

interface Changed<T> {
  from: T | null;
  to: T | null;
}

export interface TaxSaid {
  tax: TaxShape;
  /** of all that has no other */
  all: boolean;
  /** ids of ticket types, products and fees */
  of: readonly string[];
}

export type Change =
  | ({ what: "price"; place: string; type: string } & Changed<number>)
  | ({ what: "tax" } & Changed<TaxSaid>)
  | ({ what: "fee" } & Changed<FeeShape>);

const taxesOf = ({ taxes, tax, tax_of, fees }: DuesShape): Map<string, TaxSaid> =>
  new Map(
    taxes.map((each) => {
      const its = (kinds: Readonly<Record<string, string | null>>) =>
        Object.keys(kinds).filter((kind) => kinds[kind] === each.id);
      const ofFees = Object.fromEntries(fees.map((fee) => [fee.id, fee.tax]));
      const all = tax === each.id;
      return [each.id, { tax: each, all, of: all ? [] : [...its(tax_of).sort(), ...its(ofFees)] }];
    }),
  );

/** Of what differs both sides; null is what was not there, or is no more. */
function differing<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
): (Changed<T> & { id: string })[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((id) => ({ id, from: before.get(id) ?? null, to: after.get(id) ?? null }))
    .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
}

export function changesOf(newest: PriceListShape, planned: PriceListShape): Change[] {
  const places = [...new Set([...Object.keys(newest.prices), ...Object.keys(planned.prices)])];
  const amounts = (list: PriceListShape, place: string) => new Map(Object.entries(list.prices[place] ?? {}));
  const fees = ({ dues }: PriceListShape) =>
    // its tax is said with the taxes
    new Map(dues.fees.map((fee) => [fee.id, { ...fee, tax: null }]));
  return [
    ...places.flatMap((place) =>
      differing(amounts(newest, place), amounts(planned, place)).map(({ id, from, to }) => ({
        what: "price" as const,
        place,
        type: id,
        from,
        to,
      })),
    ),
    ...differing<FeeShape>(fees(newest), fees(planned)).map(({ from, to }) => ({
      what: "fee" as const,
      from,
      to,
    })),
    ...differing(taxesOf(newest.dues), taxesOf(planned.dues)).map(({ from, to }) => ({
      what: "tax" as const,
      from,
      to,
    })),
  ];
}
