/** Every address of the buyer's pages. */

import type { Routes } from "../shared/app/router";

const account = () => import("./pages/account");

export const ROUTES: Routes = {
  "/": () => import("./pages/home"),
  "/promos": () => import("./pages/promos"),
  "/o": () => import("./pages/tickets"),
  "/o/:code": () => import("./pages/order"),
  "/s/:id": () => import("./pages/event"),
  "/series/:id": () => import("./pages/series"),
  "/s/:id/room": () => import("./pages/room"),
  "/s/:id/seats": () => import("./pages/seats"),
  "/s/:id/checkout": () => import("./pages/checkout"),
  "/account": account,
  "/account/:way": account,
};
