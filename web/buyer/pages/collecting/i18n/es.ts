/** Spanish words of what is typed and agreed to for Stripe. */

import type { CollectWords } from "./en";

export const words: CollectWords = {
  boleto_city: "Ciudad",
  boleto_explained:
    "En la página siguiente recibes un boleto, que se paga en un banco, en una tienda o con el móvil. Tus entradas quedan reservadas, y son tuyas cuando el banco confirme el pago.",
  boleto_missing: "Hace falta para un boleto.",
  boleto_postal_code: "CEP",
  boleto_state: "Estado (UF)",
  boleto_street: "Calle y número",
  boleto_tax_id: "CPF o CNPJ",
  debit_explained:
    "Se hace un cargo en tu cuenta bancaria. Tus entradas quedan reservadas, y son tuyas cuando tu banco haya pagado: normalmente en menos de una semana.",
  debit_iban: "IBAN",
  debit_mandate:
    "Al dar tu número de cuenta y hacer el pedido, autorizas a {seller} y a Stripe, nuestro proveedor de servicios de pago, a enviar instrucciones a tu banco para adeudar tu cuenta, y a tu banco a adeudar tu cuenta de acuerdo con esas instrucciones. Como parte de tus derechos, puedes pedir a tu banco el reembolso según los términos y condiciones del contrato que tengas con él. El reembolso debe reclamarse en un plazo de 8 semanas a partir de la fecha en que se hizo el adeudo en tu cuenta. Tus derechos se explican en un extracto que puedes obtener en tu banco. Aceptas recibir avisos de futuros adeudos hasta 2 días antes de que se produzcan.",
  debit_wrong: "Hay algo mal en el número de cuenta. Revísalo.",
  stripe_card_wrong: "Hay algo mal en la tarjeta. Revisa los datos.",
  stripe_failed:
    "No se pudo cargar el formulario de la tarjeta, así que aún no se puede pagar. Revisa tu conexión y si algo bloquea js.stripe.com.",
  stripe_hint: "Los datos de tu tarjeta van solo a Stripe; nosotros no los vemos.",
  stripe_loading: "Cargando el formulario de la tarjeta…",
  stripe_lost: "No se pudo contactar con Stripe; no se ha cobrado nada. Inténtalo de nuevo.",
  wallet_again: "Ya está todo en orden. Púlsalo otra vez.",
  wallet_failed: "No se pudo contactar con tu cartera; no se ha cobrado nada. Inténtalo de nuevo.",
  wallet_other_sum: "Lo que pagas ha cambiado entretanto; no se ha cobrado nada. Inténtalo de nuevo.",
};
