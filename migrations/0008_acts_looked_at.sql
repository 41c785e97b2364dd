-- expand
-- in a transaction
-- locks: audit (share update exclusive)
--
-- Acts from before keep the two rules of the step before this, which looks at them without making writers wait.

ALTER TABLE audit
    VALIDATE CONSTRAINT audit_actor_kind_is_known,
    VALIDATE CONSTRAINT audit_keeps_no_address;
