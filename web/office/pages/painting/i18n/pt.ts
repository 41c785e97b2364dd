/** Portuguese words of painting a sale; loaded with its page. */

import type { PaintWords } from "./en";

const plural = (one: string, other: string) => ({ one, other });

export const words: PaintWords = {
  paint_capacity: "Unidades de {pool}",
  paint_capacity_change: "Alterar",
  paint_capacity_changed: "{pool} tem agora {n} unidades",
  paint_capacity_wrong: "Escreva um número inteiro.",
  paint_choose_all: "Escolher seus lugares",
  paint_chosen: plural("{n} lugar escolhido", "{n} lugares escolhidos"),
  paint_clear: "Não escolher nenhum",
  paint_help:
    "As setas vão de lugar em lugar, Enter escolhe o lugar, sua fila ou seu setor, mais e menos aproximam e afastam, 0 mostra a casa inteira.",
  paint_map: "Mapa da casa, para escolher lugares",
  paint_meant: "Um toque escolhe",
  paint_meant_row: "sua fila",
  paint_meant_seat: "o lugar",
  paint_meant_section: "seu setor",
  paint_none_of: "Nenhum dos lugares escolhidos está reservado.",
  paint_release: "Liberar…",
  paint_save: "Salvar como a próxima lista de preços",
  paint_section_price: "Nenhuma zona: o que custa o setor",
  paint_somebody:
    "Alguém salvou outra lista nesse meio-tempo. O que você pintou está agora sobre ela: confira e salve de novo.",
  paint_taken: "Estão marcados no mapa. O que você escolheu continua escolhido.",
  paint_title: "Ingressos e lugares",
  paint_tool: "Ao arrastar",
  paint_tool_box: "escolhe um retângulo",
  paint_tool_lasso: "escolhe o que está dentro da linha",
  paint_tool_move: "move o mapa",
  paint_type: "Adicionar um tipo de ingresso…",
  paint_type_add: "Adicionar",
  paint_type_name: "Nome do tipo de ingresso",
  paint_type_there: "Esta venda já o tem.",
  paint_type_where: "Onde é vendido e por quanto. O que ficar vazio não o vende.",
  paint_unsaved: plural("{n} alteração não salva", "{n} alterações não salvas"),
  paint_withhold: "Reservar…",
  paint_zone: "Zona de preço…",
  paint_zone_missing: "Dê um nome a ela.",
  paint_zone_name: "Nome da zona",
  paint_zone_new: "Uma zona nova",
  paint_zone_paint: "Pintar",
  paint_zone_price: "Escreva pelo menos um preço.",
  paint_zone_which: "Zona",
  paint_zones: "Quanto custa",
};
