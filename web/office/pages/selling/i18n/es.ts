/** Spanish words of selling by hand in the office. */

import type { SellWords } from "./en";

const plural = (one: string, other: string) => ({ one, other });

export const words: SellWords = {
  sell_named: "Asientos por su nombre",
  sell_named_begin: "Elegir asientos por su nombre",
  sell_named_chosen: plural("{n} asiento elegido", "{n} asientos elegidos"),
  sell_named_end: "Listo",
  sell_named_gone: "Otra persona tiene ya estos: {seats}.",
  sell_named_none: "No hay ningún asiento elegido por su nombre.",
  sell_named_out: "Quitar {seat}",
  sell_quota: plural(
    "Puedes regalar {n} entrada más de esta venta; esto usa {asked}.",
    "Puedes regalar {n} entradas más de esta venta; esto usa {asked}.",
  ),
  sell_row: "Fila",
};
