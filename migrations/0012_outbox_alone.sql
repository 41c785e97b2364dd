-- contract
-- in a transaction
-- locks: outbox, profile_order, sale (access exclusive)
--
-- Nobody writes into the outbox of older releases any more.

DROP TABLE outbox;
DROP FUNCTION outbox_tell_on();
ALTER TABLE profile_order ALTER COLUMN counted DROP DEFAULT;
ALTER TABLE profile_order ADD CONSTRAINT profile_order_has_buyer
    CHECK (buyer_id IS NOT NULL AND paid_at IS NOT NULL) NOT VALID;
