/** Every address of the buyer's pages. */

import { withWords } from "../shared/app/chunks";
import type { Routes } from "../shared/app/router";
import { COLLECT_WORDS } from "./pages/collecting/words";
import { BACK_WORDS } from "./pages/order-back/words";

const account = () => import("./pages/account");

export const ROUTES: Routes = {
  "/": () => import("./pages/home"),
  "/promos": () => import("./pages/promos"),
  "/o": () => import("./pages/tickets"),
  "/o/:code": withWords(BACK_WORDS, () => import("./pages/order")),
  "/s/:id": () => import("./pages/event"),
  "/series/:id": () => import("./pages/series"),
  "/s/:id/room": () => import("./pages/room"),
  "/s/:id/seats": () => import("./pages/seats"),
  "/s/:id/checkout": withWords(COLLECT_WORDS, () => import("./pages/checkout")),
  "/account": account,
  "/account/:way": account,
};
