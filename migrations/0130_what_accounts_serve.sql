-- expand
-- in a transaction
-- locks: payment_account (access exclusive)
--
-- What an account is for: some currencies, countries and sums.

ALTER TABLE payment_account
    ADD COLUMN currencies text[] NOT NULL DEFAULT '{}',
    ADD COLUMN countries text[] NOT NULL DEFAULT '{}',
    ADD COLUMN amount_from bigint CHECK (amount_from >= 0),
    ADD COLUMN amount_up_to bigint
        CONSTRAINT sums_are_a_range CHECK (amount_from <= amount_up_to)
        CONSTRAINT sums_have_a_currency CHECK (coalesce(amount_from, amount_up_to) IS NULL OR cardinality(currencies) = 1);

CREATE VIEW sale_place AS SELECT s.id, v.country FROM sale s JOIN venue v ON v.id = s.venue_id;
COMMENT ON VIEW sale_place IS 'catalog: In which country a sale has its venue, for those who are paid for it.';
