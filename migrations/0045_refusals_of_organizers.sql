-- expand
-- in a transaction
-- locks: audit_tally (access exclusive)
--
-- Refusals that concern an organizer go into its own trail. The table holds the last minutes only. The constraint keeps
-- its name, by which the release before counts.

ALTER TABLE audit_tally ADD COLUMN organizer_id text;
-- What it holds apart it held apart before.
-- squawk-ignore ban-drop-constraint
ALTER TABLE audit_tally DROP CONSTRAINT audit_tally_counts_once;
-- squawk-ignore disallowed-unique-constraint, constraint-missing-not-valid
ALTER TABLE audit_tally ADD CONSTRAINT audit_tally_counts_once
    UNIQUE NULLS NOT DISTINCT (minute, act, network, organizer_id, subject);
