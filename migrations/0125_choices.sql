-- expand
-- in a transaction
-- locks: cancellation (access exclusive)
-- locks: cancellation_order (access exclusive)
--
-- What whoever bought may choose once an event was cancelled or changed, and what they chose.

ALTER TABLE cancellation ADD COLUMN choices text[] NOT NULL DEFAULT '{}', ADD COLUMN otherwise text NOT NULL DEFAULT 'origin',
    ADD COLUMN choose_until timestamptz, ADD COLUMN bonus_percent smallint NOT NULL DEFAULT 0, ADD COLUMN credit_expires_at timestamptz,
    ADD CONSTRAINT cancellation_asks_until_a_date CHECK ((choices = '{}') = (choose_until IS NULL)) NOT VALID,
    ADD CONSTRAINT cancellation_gives_something CHECK (otherwise IN ('keep', 'origin', 'credit', 'voucher')) NOT VALID;
ALTER TABLE cancellation_order ADD COLUMN choice text, ADD COLUMN chosen_at timestamptz,
    ADD CONSTRAINT cancelled_order_state_is_one_of_these CHECK (state IN ('asked', 'kept', 'waiting', 'done', 'refused')) NOT VALID,
    ADD CONSTRAINT cancelled_order_choice_is_known CHECK (choice IN ('keep', 'origin', 'credit', 'voucher')) NOT VALID;
-- squawk-ignore ban-drop-constraint
ALTER TABLE cancellation_order DROP CONSTRAINT cancelled_order_state_is_known;
