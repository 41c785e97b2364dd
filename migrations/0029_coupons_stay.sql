-- expand
-- in a transaction
-- locks: cart (access exclusive)
--
-- The code a buyer typed stays on the cart until it is taken out, so that nobody pays the full price without a word.

ALTER TABLE cart ADD COLUMN coupon text;
