-- expand
-- outside a transaction
-- locks: relation (share update exclusive)
--
-- To become the primary key: what a person is to organizers is found by the person.

CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS relation_by_person_first ON relation (number, organizer_id);
