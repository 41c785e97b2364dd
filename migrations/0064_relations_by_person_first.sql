-- expand
-- in a transaction
-- locks: relation (access exclusive)
--
-- The primary key begins with the person, and another index by person is no longer needed. As long as it began with the
-- organizer, Postgres looked for the references of an organizer it knew little of by going through all its people.

-- squawk-ignore ban-drop-constraint
ALTER TABLE relation DROP CONSTRAINT relation_pkey;
ALTER TABLE relation ADD CONSTRAINT relation_pkey PRIMARY KEY USING INDEX relation_by_person_first;
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX relation_by_person;
