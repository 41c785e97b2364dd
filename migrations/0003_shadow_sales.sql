-- contract
-- in a transaction
-- locks: sale, payment, outbox (access exclusive)
--
-- Rehearsals: sales that are copies of others, in which no money moves and of which nobody is told.

ALTER TABLE sale
    ADD COLUMN rehearsal_of text REFERENCES sale,
    ADD COLUMN rehearsal_until timestamptz,
    ADD CONSTRAINT sale_is_real_or_rehearsal CHECK ((rehearsal_of IS NOT NULL) = (id LIKE 'rehearsal--%')),
    ADD CONSTRAINT sale_rehearsal_has_an_end CHECK ((rehearsal_of IS NULL) = (rehearsal_until IS NULL));
CREATE INDEX IF NOT EXISTS sale_rehearsals ON sale (rehearsal_until) WHERE rehearsal_until IS NOT NULL;

ALTER TABLE payment ADD CONSTRAINT payment_of_a_rehearsal_is_play
    CHECK (provider = 'sandbox' OR sale_id NOT LIKE 'rehearsal--%');

ALTER TABLE outbox ADD CONSTRAINT outbox_tells_nothing_of_a_rehearsal
    CHECK (coalesce(body ->> 'sale', '') NOT LIKE 'rehearsal--%');
