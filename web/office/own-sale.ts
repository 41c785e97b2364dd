/** A sale as its organizer sees it: with what is hidden from others. One for all pages of the office. */

import { Refusal } from "../shared/live/errors";
import { FollowedSale, kept } from "../shared/sale/followed";
import { readSale, saleInfo } from "../shared/sale/sales";
import { ask } from "./api";

export const ownSale = kept(
  (id) =>
    new FollowedSale(id, async (sale, anew, list) => {
      const query = list === null ? {} : { query: { list: String(list) } };
      try {
        return saleInfo(await ask("GET /api/organizer/sales/{sale}", { parts: { sale }, ...query }));
      } catch (error) {
        // A server of the release before knows no such address: it hides nothing.
        if (error instanceof Refusal && error.detail.code === "not_found") return readSale(sale, anew, list);
        throw error;
      }
    }),
);
