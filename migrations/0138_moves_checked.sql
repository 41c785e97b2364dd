-- expand
-- in a transaction
-- locks: refund, refund_credit, credit_entry (share update exclusive)
--
-- No refund of before moved anything.

ALTER TABLE refund VALIDATE CONSTRAINT refund_moves_some_of_it;
ALTER TABLE refund VALIDATE CONSTRAINT refund_goes_one_of_these_ways;
ALTER TABLE refund_credit VALIDATE CONSTRAINT credit_that_moved_was_spent;
ALTER TABLE credit_entry VALIDATE CONSTRAINT entry_account_is_known;
