-- expand
-- in a transaction
-- locks: payment_account (share update exclusive)
--
-- Accounts of before are at Stripe.

ALTER TABLE payment_account VALIDATE CONSTRAINT account_has_a_provider;
ALTER TABLE payment_account VALIDATE CONSTRAINT by_hand_is_told;
