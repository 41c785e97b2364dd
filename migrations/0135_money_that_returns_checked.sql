-- expand
-- in a transaction
-- locks: ledger_movement (share update exclusive)
--
-- Movements of before are of kinds that are known.

ALTER TABLE ledger_movement VALIDATE CONSTRAINT movement_kind_is_known;
