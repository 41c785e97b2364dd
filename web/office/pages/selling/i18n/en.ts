/** English words of selling by hand in the office; loaded with its form. */

const plural = (one: string, other: string) => ({ one, other });

export const words = {
  sell_named: "Seats by name",
  sell_named_begin: "Choose seats by name",
  sell_named_chosen: plural("{n} seat chosen", "{n} seats chosen"),
  sell_named_end: "Done",
  sell_named_gone: "Somebody else has these now: {seats}.",
  sell_named_none: "No seat is chosen by name.",
  sell_named_out: "Take out {seat}",
  sell_quota: plural(
    "You may give {n} more ticket of this sale away; this takes {asked}.",
    "You may give {n} more tickets of this sale away; this takes {asked}.",
  ),
  sell_row: "Row",
};

export type SellWords = typeof words;
