/** English words of /dev/mail; loaded only there. */

export const words = {
  mail_back: "All messages",
  mail_choose: "Choose a message to read it.",
  mail_email: "E-mail",
  mail_failed: "The messages can't be read right now. This page goes on trying.",
  mail_files: "Attached",
  mail_forgotten: "What it said is no longer kept.",
  mail_headers: "Headers",
  mail_html: "As it looks",
  mail_list: "Messages",
  mail_none: "Nothing was written to anybody yet. What is will appear here by itself.",
  mail_note: "For demos: this page is open to this machine only. It shows links that let anybody in.",
  mail_open_link: "Open its link",
  mail_sms: "SMS",
  mail_state_bounced: "No such address",
  mail_state_lapsed: "Too late",
  mail_state_queued: "Waiting",
  mail_state_refused: "Refused",
  mail_state_sent: "Sent",
  mail_state_unknown: "Nobody knows",
  mail_text: "As plain text",
  mail_title: "Letters and text messages",
  mail_to: "To {to}",
  mail_tries: { one: "{n} try", other: "{n} tries" },
};

export type MailWords = typeof words;
