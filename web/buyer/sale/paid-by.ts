/** How a cart is paid: an organizer may have several accounts, each for some sums. */

import type { SaleInfo } from "../../shared/sale/sales";

/** The sale, with what counts for so much; what nobody takes is paid by nothing. */
export function paidBy(info: SaleInfo, total: number): SaleInfo {
  if (info.payments === undefined || total === 0) return info;
  const takes = info.payments.find(
    ({ amount_from, amount_up_to }) => (amount_from ?? 0) <= total && total <= (amount_up_to ?? total),
  );
  const { payment_key: _, payment_script: __, ...rest } = info;
  if (takes === undefined) return { ...rest, payment_methods: [] };
  const { amount_from: ___, amount_up_to: ____, ...how } = takes;
  return { ...rest, ...how };
}
