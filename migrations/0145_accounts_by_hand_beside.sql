-- expand
-- outside a transaction
-- locks: payment_account (share update exclusive)
--
-- An account by hand serves beside one of another kind that is for the same.

CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS payment_account_serves_alone_of_its_kind
    ON payment_account (organizer_id, provider, currencies, countries, amount_from, amount_up_to) NULLS NOT DISTINCT
    WHERE active;

DROP INDEX CONCURRENTLY IF EXISTS payment_account_serves_alone;
