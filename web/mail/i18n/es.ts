/** Spanish words of /dev/mail; loaded only there. */

import type { MailWords } from "./en";

export const words: MailWords = {
  mail_back: "Todos los mensajes",
  mail_choose: "Elige un mensaje para leerlo.",
  mail_email: "Correo",
  mail_failed: "Ahora no se pueden leer los mensajes. Esta página lo sigue intentando.",
  mail_files: "Adjuntos",
  mail_forgotten: "Lo que decía ya no se guarda.",
  mail_headers: "Cabeceras",
  mail_html: "Tal como se ve",
  mail_list: "Mensajes",
  mail_none: "Aún no se ha escrito a nadie. Lo que se escriba aparecerá aquí solo.",
  mail_note:
    "Para demostraciones: esta página solo se abre en esta máquina. Muestra enlaces que dejan entrar a cualquiera.",
  mail_open_link: "Abrir su enlace",
  mail_sms: "SMS",
  mail_state_bounced: "La dirección no existe",
  mail_state_lapsed: "Demasiado tarde",
  mail_state_queued: "En espera",
  mail_state_refused: "Rechazado",
  mail_state_sent: "Enviado",
  mail_state_unknown: "No se sabe",
  mail_text: "Como texto",
  mail_title: "Correos y mensajes de texto",
  mail_to: "Para {to}",
  mail_tries: { one: "{n} intento", other: "{n} intentos" },
};
