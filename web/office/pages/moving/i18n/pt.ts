/** Portuguese words of moving an order. */

import type { MoveWords } from "./en";

export const words: MoveWords = {
  move_all: "Todas",
  move_asked: "Trocar isto?",
  move_charged: "O comprador paga mais {sum}.",
  move_counts: {
    one: "{n} linha termina e conta por {sum}: seu ingresso não abre mais nada e seu lugar já está à venda.",
    other:
      "{n} linhas terminam e contam por {sum}: seus ingressos não abrem mais nada e seus lugares já estão à venda.",
  },
  move_credit: "{sum} viram crédito do comprador.",
  move_date: "Para qual data",
  move_done: "Trocado para o pedido {code}",
  move_even: "Custa o mesmo: nada é pago e nada é devolvido.",
  move_fees: "Contar também as taxas cobradas por elas",
  move_find: "Buscar outro evento",
  move_find_hint: "Parte do nome",
  move_hand: "Você devolve {sum} pessoalmente; aqui fica anotado.",
  move_lines: "O que é trocado",
  move_no: "Não trocar nada",
  move_none_found: "Nada à venda em {currency} tem esse nome.",
  move_pays_in: "A diferença foi paga em",
  move_reason: "Motivo",
  move_reason_hint: "Para a sua equipe. O comprador não lê.",
  move_rest: "Se custar menos, o resto",
  move_rest_credit: "vira crédito",
  move_rest_origin: "é devolvido",
  move_rest_voucher: "vira um vale",
  move_returned: "Disso, {sum} são créditos já gastos, que voltam a existir.",
  move_see: "Ver no que dá…",
  move_source: "{sum} voltam para a origem.",
  move_stop: "Deixar como está",
  move_total: "O pedido novo custa {sum}.",
  move_voucher: "{sum} viram um vale. A página do comprador mostra o código.",
  move_what: "O que ele tem no lugar",
  move_yes: "Trocar",
};
