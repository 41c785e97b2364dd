/** Portuguese words of selling by hand in the office. */

import type { SellWords } from "./en";

const plural = (one: string, other: string) => ({ one, other });

export const words: SellWords = {
  sell_named: "Lugares pelo nome",
  sell_named_begin: "Escolher lugares pelo nome",
  sell_named_chosen: plural("{n} lugar escolhido", "{n} lugares escolhidos"),
  sell_named_end: "Pronto",
  sell_named_gone: "Outra pessoa já tem estes: {seats}.",
  sell_named_none: "Nenhum lugar está escolhido pelo nome.",
  sell_named_out: "Tirar {seat}",
  sell_quota: plural(
    "Você pode dar mais {n} ingresso desta venda; isto usa {asked}.",
    "Você pode dar mais {n} ingressos desta venda; isto usa {asked}.",
  ),
  sell_row: "Fileira",
};
