-- expand
-- in a transaction
-- locks: refund (share update exclusive)
--
-- Refunds of before went to where their money came from.

ALTER TABLE refund VALIDATE CONSTRAINT refund_returns_some_of_it;
ALTER TABLE refund VALIDATE CONSTRAINT refund_way_is_one_of_these;
