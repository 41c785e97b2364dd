/** Portuguese words of /dev/mail; loaded only there. */

import type { MailWords } from "./en";

export const words: MailWords = {
  mail_back: "Todas as mensagens",
  mail_choose: "Escolha uma mensagem para ler.",
  mail_email: "E-mail",
  mail_failed: "Não dá para ler as mensagens agora. Esta página continua tentando.",
  mail_files: "Anexos",
  mail_forgotten: "O que ela dizia não está mais guardado.",
  mail_headers: "Cabeçalhos",
  mail_html: "Como aparece",
  mail_list: "Mensagens",
  mail_none: "Ainda não se escreveu a ninguém. O que for escrito aparece aqui sozinho.",
  mail_note:
    "Para demonstrações: esta página só abre nesta máquina. Ela mostra links que deixam qualquer um entrar.",
  mail_open_link: "Abrir o link dela",
  mail_sms: "SMS",
  mail_state_bounced: "O endereço não existe",
  mail_state_lapsed: "Tarde demais",
  mail_state_queued: "Esperando",
  mail_state_refused: "Recusada",
  mail_state_sent: "Enviada",
  mail_state_unknown: "Não se sabe",
  mail_text: "Como texto",
  mail_title: "E-mails e mensagens de texto",
  mail_to: "Para {to}",
  mail_tries: { one: "{n} tentativa", other: "{n} tentativas" },
};
