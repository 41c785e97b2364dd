/** English words of what is typed and agreed to for Stripe. */

export const words = {
  boleto_city: "City",
  boleto_explained:
    "You get a boleto on the next page, to be paid at a bank, a shop, or on your phone. Your tickets are reserved, and yours once the bank says that it was paid.",
  boleto_missing: "This is needed for a boleto.",
  boleto_postal_code: "CEP",
  boleto_state: "State (UF)",
  boleto_street: "Street and number",
  boleto_tax_id: "CPF or CNPJ",
  debit_explained:
    "Your bank account is debited. Your tickets are reserved, and yours once your bank has paid: usually within a week.",
  debit_iban: "IBAN",
  debit_mandate:
    "By giving your account number and ordering, you authorise {seller} and Stripe, our payment service provider, to send instructions to your bank to debit your account, and your bank to debit your account in accordance with those instructions. As part of your rights, you are entitled to a refund from your bank under the terms and conditions of your agreement with your bank. A refund must be claimed within 8 weeks starting from the date on which your account was debited. Your rights are explained in a statement that you can obtain from your bank. You agree to receive notifications for future debits up to 2 days before they occur.",
  debit_wrong: "Something is wrong with the account number. Check it.",
  stripe_card_wrong: "Something is wrong with the card. Check its details.",
  stripe_failed:
    "The card form could not be loaded, so nothing can be paid yet. Check your connection, and whether something blocks js.stripe.com.",
  stripe_hint: "Your card's details go to Stripe alone; we don't see them.",
  stripe_loading: "Loading the card form…",
  stripe_lost: "Stripe could not be reached; nothing was charged. Try again.",
  wallet_again: "Everything is in order now. Press it once more.",
  wallet_failed: "Your wallet could not be reached; nothing was charged. Try again.",
  wallet_other_sum: "What you pay has changed meanwhile; nothing was charged. Try again.",
} as const;

export type CollectWords = Record<keyof typeof words, string>;
