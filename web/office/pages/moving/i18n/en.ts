/** English words of moving an order. */

export const words = {
  move_all: "All of them",
  move_asked: "Move this?",
  move_charged: "The buyer pays {sum} more.",
  move_counts: {
    one: "{n} line ends, and counts for {sum}: its ticket opens nothing any more, and its place is for sale at once.",
    other:
      "{n} lines end, and count for {sum}: their tickets open nothing any more, and their places are for sale at once.",
  },
  move_credit: "{sum} becomes credit of the buyer.",
  move_date: "To which date",
  move_done: "Moved to order {code}",
  move_even: "It costs the same: nothing is paid, and nothing goes back.",
  move_fees: "Count the fees that were asked for them",
  move_find: "Find another event",
  move_find_hint: "Part of its name",
  move_hand: "You give {sum} back yourself; it is noted here.",
  move_lines: "What is moved",
  move_no: "Move nothing",
  move_none_found: "Nothing on sale in {currency} is called that.",
  move_pays_in: "The difference was paid in",
  move_reason: "Why",
  move_reason_hint: "For your team. The buyer does not read it.",
  move_rest: "If it costs less, the rest",
  move_rest_credit: "becomes credit",
  move_rest_origin: "goes back",
  move_rest_voucher: "becomes a voucher",
  move_returned: "{sum} of it is credit that had been spent, and is there again.",
  move_see: "See what it comes to…",
  move_source: "{sum} goes back to where it came from.",
  move_stop: "Leave it as it is",
  move_total: "The new order costs {sum}.",
  move_voucher: "{sum} becomes a voucher. The buyer's page tells its code.",
  move_what: "What they have instead",
  move_yes: "Move it",
} as const;

export type MoveWords = Record<keyof typeof words, string | { one: string; other: string }>;
