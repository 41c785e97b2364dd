/** Spanish words of moving an order. */

import type { MoveWords } from "./en";

export const words: MoveWords = {
  move_all: "Todas",
  move_asked: "¿Cambiar esto?",
  move_charged: "El comprador paga {sum} más.",
  move_counts: {
    one: "Termina {n} línea y cuenta por {sum}: su entrada ya no abre nada y su lugar se vende desde ahora.",
    other:
      "Terminan {n} líneas y cuentan por {sum}: sus entradas ya no abren nada y sus lugares se venden desde ahora.",
  },
  move_credit: "{sum} pasan a ser saldo del comprador.",
  move_date: "A qué fecha",
  move_done: "Cambiado al pedido {code}",
  move_even: "Cuesta lo mismo: no se paga ni se devuelve nada.",
  move_fees: "Contar también los gastos que se cobraron por ellas",
  move_find: "Buscar otro evento",
  move_find_hint: "Parte de su nombre",
  move_hand: "Usted devuelve {sum} en mano; aquí queda anotado.",
  move_lines: "Qué se cambia",
  move_no: "No cambiar nada",
  move_none_found: "Nada en venta en {currency} se llama así.",
  move_pays_in: "La diferencia se pagó en",
  move_reason: "Motivo",
  move_reason_hint: "Para su equipo. El comprador no lo lee.",
  move_rest: "Si cuesta menos, el resto",
  move_rest_credit: "pasa a ser saldo",
  move_rest_origin: "se devuelve",
  move_rest_voucher: "pasa a ser un vale",
  move_returned: "De ello, {sum} son saldo o vales ya gastados, que vuelven a estar ahí.",
  move_see: "Ver en qué queda…",
  move_source: "{sum} vuelven a su origen.",
  move_stop: "Dejarlo como está",
  move_total: "El pedido nuevo cuesta {sum}.",
  move_voucher: "{sum} pasan a ser un vale. La página del comprador muestra su código.",
  move_what: "Qué tiene en su lugar",
  move_yes: "Cambiarlo",
};
