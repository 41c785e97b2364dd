-- expand
-- in a transaction
-- locks: audit (share update exclusive)
--
-- Whoever acts is of a kind that is known, in every row.

ALTER TABLE audit VALIDATE CONSTRAINT audit_actor_kind_is_known;
