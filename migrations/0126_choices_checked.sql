-- expand
-- in a transaction
-- locks: cancellation (share update exclusive)
-- locks: cancellation_order (share update exclusive)
--
-- Nobody was asked before.

ALTER TABLE cancellation VALIDATE CONSTRAINT cancellation_asks_until_a_date;
ALTER TABLE cancellation VALIDATE CONSTRAINT cancellation_gives_something;
ALTER TABLE cancellation_order VALIDATE CONSTRAINT cancelled_order_state_is_one_of_these;
ALTER TABLE cancellation_order VALIDATE CONSTRAINT cancelled_order_choice_is_known;
