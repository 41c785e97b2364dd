/** Every address of the buyer's pages. */

import { ACCOUNT_WORDS } from "../shared/account/words";
import { withWords } from "../shared/app/program";
import type { Chunk, Routes } from "../shared/app/router";

const account = (load: Chunk) => withWords(ACCOUNT_WORDS, load);

export const ROUTES: Routes = {
  "/": () => import("./pages/home"),
  "/promos": () => import("./pages/promos"),
  "/o": () => import("./pages/tickets"),
  "/o/:code": () => import("./pages/order"),
  "/s/:id": () => import("./pages/event"),
  "/s/:id/room": () => import("./pages/room"),
  "/s/:id/seats": () => import("./pages/seats"),
  "/s/:id/checkout": () => import("./pages/checkout"),
  "/account": account(() => import("./pages/account/account")),
  "/account/sign-in": account(() => import("./pages/account/sign-in")),
  "/account/register": account(() => import("./pages/account/register")),
  "/account/verify": account(() => import("./pages/account/verify")),
  "/account/forgot": account(() => import("./pages/account/forgot")),
  "/account/reset": account(() => import("./pages/account/reset")),
  "/account/second-factor": account(() => import("./pages/account/second-factor")),
  "/account/email": account(() => import("./pages/account/email")),
};
