-- expand
-- outside a transaction
-- locks: payment_account (share update exclusive)
--
-- Several accounts may be switched on at once, as long as no two are for the same. Code of before switches one on alone.

DROP INDEX CONCURRENTLY IF EXISTS payment_account_serves_alone;

CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS payment_account_serves_alone
    ON payment_account (organizer_id, currencies, countries, amount_from, amount_up_to) NULLS NOT DISTINCT WHERE active;

DROP INDEX CONCURRENTLY IF EXISTS payment_account_is_active_alone;
