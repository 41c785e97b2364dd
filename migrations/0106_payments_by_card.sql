-- expand
-- outside a transaction
-- locks: payment (share update exclusive)
--
-- Orders by the last four digits of the card that paid for them.

DROP INDEX CONCURRENTLY IF EXISTS payment_by_card;

CREATE INDEX CONCURRENTLY IF NOT EXISTS payment_by_card ON payment (card_last4, asked_at) WHERE card_last4 <> '';
