/** What can be told of a field without asking the server. Pure but for the words. */

import type { Rule } from "../ui/form";
import { t } from "./words";

export const PASSWORD_MIN = 12;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/;

// biome-ignore lint/suspicious/noExplicitAny: a rule looks at its own field, whatever else the form has
type Any = Rule<any>;

export const emailRule: Any = (value) => {
  if (value.trim() === "") return t("acc_email_missing");
  return EMAIL.test(value.trim()) ? null : t("acc_email_wrong");
};

export const newPasswordRule: Any = (value) => {
  if (value === "") return t("acc_password_missing");
  return [...value].length < PASSWORD_MIN ? t("acc_password_short", { n: PASSWORD_MIN }) : null;
};

export const given =
  (word: Parameters<typeof t>[0]): Any =>
  (value) =>
    value.trim() === "" ? t(word) : null;
