/** Spanish words of painting a sale; loaded with its page. */

import type { PaintWords } from "./en";

const plural = (one: string, other: string) => ({ one, other });

export const words: PaintWords = {
  paint_capacity: "Unidades de {pool}",
  paint_capacity_change: "Cambiar",
  paint_capacity_changed: "{pool} tiene ahora {n} unidades",
  paint_capacity_wrong: "Escribe un número entero.",
  paint_choose_all: "Elegir sus asientos",
  paint_chosen: plural("{n} asiento elegido", "{n} asientos elegidos"),
  paint_clear: "No elegir ninguno",
  paint_help:
    "Las flechas van de asiento en asiento, Intro elige el asiento, su fila o su sección, más y menos acercan y alejan, 0 muestra la sala entera.",
  paint_map: "Plano de la sala, para elegir asientos",
  paint_meant: "Al pulsar se elige",
  paint_meant_row: "su fila",
  paint_meant_seat: "el asiento",
  paint_meant_section: "su sección",
  paint_none_of: "Ninguno de los asientos elegidos está reservado.",
  paint_release: "Liberar…",
  paint_save: "Guardar como la siguiente lista de precios",
  paint_section_price: "Ninguna zona: lo que cuesta su sección",
  paint_somebody:
    "Alguien guardó otra lista entretanto. Lo que pintaste está ahora sobre ella: revísalo y guarda de nuevo.",
  paint_taken: "Están marcados en el plano. Lo que elegiste sigue elegido.",
  paint_title: "Entradas y asientos",
  paint_tool: "Al arrastrar",
  paint_tool_box: "se elige un rectángulo",
  paint_tool_lasso: "se elige lo que encierra la línea",
  paint_tool_move: "se mueve el plano",
  paint_type: "Añadir un tipo de entrada…",
  paint_type_add: "Añadir",
  paint_type_name: "Nombre del tipo de entrada",
  paint_type_there: "Esta venta ya lo tiene.",
  paint_type_where: "Dónde se vende y por cuánto. Lo que queda vacío no lo vende.",
  paint_unsaved: plural("{n} cambio sin guardar", "{n} cambios sin guardar"),
  paint_withhold: "Reservar…",
  paint_zone: "Zona de precio…",
  paint_zone_missing: "Ponle un nombre.",
  paint_zone_name: "Nombre de la zona",
  paint_zone_new: "Una zona nueva",
  paint_zone_paint: "Pintar",
  paint_zone_price: "Escribe al menos un precio.",
  paint_zone_which: "Zona",
  paint_zones: "Lo que cuesta",
};
