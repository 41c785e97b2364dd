/** English words of painting a sale; loaded with its page. */

const plural = (one: string, other: string) => ({ one, other });

export const words = {
  paint_capacity: "Units of {pool}",
  paint_capacity_change: "Change",
  paint_capacity_changed: "{pool} has {n} units now",
  paint_capacity_wrong: "Write a whole number.",
  paint_choose_all: "Choose its seats",
  paint_chosen: plural("{n} seat chosen", "{n} seats chosen"),
  paint_clear: "Choose none",
  paint_help:
    "Arrows move from seat to seat, Enter chooses the seat, its row or its section, plus and minus zoom, 0 shows the whole house.",
  paint_map: "Map of the house, to choose seats on",
  paint_meant: "A press chooses",
  paint_meant_row: "its row",
  paint_meant_seat: "the seat",
  paint_meant_section: "its section",
  paint_none_of: "None of the chosen seats is withheld.",
  paint_release: "Release…",
  paint_save: "Save as the next price list",
  paint_section_price: "No zone: what their section costs",
  paint_somebody:
    "Somebody saved another list meanwhile. What you painted lies over it now: look, and save again.",
  paint_taken: "They are marked on the map. What you chose stays chosen.",
  paint_title: "Tickets & seats",
  paint_tool: "Dragging",
  paint_tool_box: "chooses a rectangle",
  paint_tool_lasso: "chooses what is inside the line",
  paint_tool_move: "moves the map",
  paint_type: "Add a ticket type…",
  paint_type_add: "Add",
  paint_type_name: "Name of the ticket type",
  paint_type_there: "This sale has it already.",
  paint_type_where: "Where it is sold, and for how much. What stays empty does not sell it.",
  paint_unsaved: plural("{n} change is not saved yet", "{n} changes are not saved yet"),
  paint_withhold: "Withhold…",
  paint_zone: "Price zone…",
  paint_zone_missing: "Give it a name.",
  paint_zone_name: "Name of the zone",
  paint_zone_new: "A new zone",
  paint_zone_paint: "Paint",
  paint_zone_price: "Type at least one price.",
  paint_zone_which: "Zone",
  paint_zones: "What it costs",
};

export type PaintWords = typeof words;
