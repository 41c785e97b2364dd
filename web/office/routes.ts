/** Every address of the office's pages. */

import { ACCOUNT_WORDS } from "../shared/account/words";
import { withWords } from "../shared/app/chunks";
import type { Chunk, Routes } from "../shared/app/router";
import { CREDIT_WORDS } from "./pages/credit/words";
import { EVENT_WORDS } from "./pages/event/words";
import { OFFERS_WORDS } from "./pages/offers/words";
import { ORDER_WORDS } from "./pages/order/words";
import { PAINT_WORDS } from "./pages/painting/words";
import { PHASE_WORDS } from "./pages/phases/words";
import { REPORTS_WORDS } from "./pages/reports/words";
import { SETTINGS_WORDS } from "./pages/settings/words";
import { TASK_WORDS } from "./pages/tasks/words";

const settings = (load: Chunk) => withWords(SETTINGS_WORDS, load);
const events = (load: Chunk) => withWords(EVENT_WORDS, load);
const phases = (load: Chunk) => withWords(PHASE_WORDS, load);
const offers = (load: Chunk) => withWords(OFFERS_WORDS, load);
const order = (load: Chunk) => withWords(ORDER_WORDS, load);
const painting = (load: Chunk) => withWords(PAINT_WORDS, load);
const reports = (load: Chunk) => withWords(REPORTS_WORDS, load);
const tasks = (load: Chunk) => withWords(TASK_WORDS, load);
const account = (load: Chunk) => withWords(ACCOUNT_WORDS, load);

export const ROUTES: Routes = {
  "/office": () => import("./pages/today"),
  "/office/events": events(() => import("./pages/events")),
  "/office/events/list": events(() => import("./pages/event-list")),
  "/office/events/:id": phases(events(() => import("./pages/event"))),
  "/office/sales/:id": () => import("./pages/sale"),
  "/office/sales/:id/seats": painting(() => import("./pages/painting")),
  "/office/sales/:id/phases": phases(() => import("./pages/phases")),
  "/office/sales/:id/offers": offers(() => import("./pages/sale-offers")),
  "/office/offers": offers(() => import("./pages/offers")),
  "/office/offers/:id": offers(() => import("./pages/offer")),
  "/office/orders": order(() => import("./pages/orders")),
  "/office/orders/credit": withWords(CREDIT_WORDS, () => import("./pages/credit")),
  "/office/orders/:sale/:order": order(() => import("./pages/order")),
  "/office/tasks": tasks(() => import("./pages/tasks")),
  "/office/approvals": () => import("./pages/approvals"),
  "/office/audience": () => import("./pages/audience"),
  "/office/venues": () => import("./pages/venues"),
  "/office/reports": reports(() => import("./pages/reports")),
  "/office/settings": settings(() => import("./pages/settings/first")),
  "/office/settings/team": settings(() => import("./pages/settings/team")),
  "/office/settings/keys": settings(() => import("./pages/settings/keys")),
  "/office/settings/webhooks": settings(() => import("./pages/settings/webhooks")),
  "/office/settings/security": account(settings(() => import("./pages/settings/security"))),
  "/office/settings/identity": settings(() => import("./pages/settings/identity")),
  "/office/settings/payments": account(settings(() => import("./pages/settings/payments"))),
  "/office/settings/audit": settings(() => import("./pages/settings/audit")),
  "/office/account": account(() => import("./pages/account")),
  "/office/sign-in": account(() => import("./pages/sign-in")),
  "/office/register": account(() => import("./pages/register")),
  "/office/verify": account(() => import("./pages/verify")),
  "/office/forgot": account(() => import("./pages/forgot")),
  "/office/reset": account(() => import("./pages/reset")),
  "/office/second-factor": account(() => import("./pages/second-factor")),
  "/office/email": account(() => import("./pages/email")),
  "/office/guest": account(() => import("./pages/guest")),
  "/office/invitation": account(() => import("./pages/invitation")),
};
