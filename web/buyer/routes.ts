/** Every address of the buyer's pages. */

import type { Routes } from "../shared/app/router";

const order = () => import("./pages/order");

export const ROUTES: Routes = {
  "/": () => import("./pages/home"),
  "/promos": () => import("./pages/promos"),
  "/o": order,
  "/o/:code": order,
  "/s/:id": () => import("./pages/event"),
  "/s/:id/room": () => import("./pages/room"),
  "/s/:id/seats": () => import("./pages/seats"),
  "/s/:id/checkout": () => import("./pages/checkout"),
};
