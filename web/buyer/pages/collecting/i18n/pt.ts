/** Portuguese words of what is typed and agreed to for Stripe. */

import type { CollectWords } from "./en";

export const words: CollectWords = {
  boleto_city: "Cidade",
  boleto_explained:
    "Você recebe um boleto na próxima página, para pagar no banco, numa lotérica ou pelo celular. Seus ingressos ficam reservados, e são seus quando o banco confirmar o pagamento.",
  boleto_missing: "É necessário para o boleto.",
  boleto_postal_code: "CEP",
  boleto_state: "Estado (UF)",
  boleto_street: "Rua e número",
  boleto_tax_id: "CPF ou CNPJ",
  debit_explained:
    "O valor é debitado da sua conta bancária. Seus ingressos ficam reservados, e são seus quando o seu banco pagar: normalmente em até uma semana.",
  debit_iban: "IBAN",
  debit_mandate:
    "Ao informar o número da sua conta e fazer o pedido, você autoriza {seller} e a Stripe, nossa prestadora de serviços de pagamento, a enviar instruções ao seu banco para debitar a sua conta, e o seu banco a debitar a sua conta de acordo com essas instruções. Entre os seus direitos está o reembolso pelo seu banco, conforme os termos e condições do seu contrato com ele. O reembolso deve ser pedido em até 8 semanas a partir da data em que a sua conta foi debitada. Seus direitos são explicados em uma declaração que você pode obter no seu banco. Você concorda em receber avisos de débitos futuros até 2 dias antes de eles ocorrerem.",
  debit_wrong: "Há algo errado com o número da conta. Confira.",
  stripe_card_wrong: "Há algo errado com o cartão. Confira os dados.",
  stripe_failed:
    "Não foi possível carregar o formulário do cartão, então ainda não dá para pagar. Verifique sua conexão e se algo bloqueia js.stripe.com.",
  stripe_hint: "Os dados do seu cartão vão só para a Stripe; nós não os vemos.",
  stripe_loading: "Carregando o formulário do cartão…",
  stripe_lost: "Não foi possível falar com a Stripe; nada foi cobrado. Tente de novo.",
  wallet_again: "Agora está tudo em ordem. Toque mais uma vez.",
  wallet_failed: "Não foi possível falar com a sua carteira; nada foi cobrado. Tente de novo.",
  wallet_other_sum: "O valor a pagar mudou nesse meio-tempo; nada foi cobrado. Tente de novo.",
};
