/** Every address of the office's pages. */

import type { Routes } from "../shared/app/router";

export const ROUTES: Routes = {
  "/dashboard": () => import("./pages/sales"),
  "/dashboard/:id": () => import("./pages/sale"),
};
