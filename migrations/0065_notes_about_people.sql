-- expand
-- in a transaction
-- locks: vault_person (share row exclusive)
-- locks: relation (access exclusive)
--
-- Teams write notes about their people, each under that person's data key. An import says where a yes comes from.

CREATE TABLE person_note (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL,
    person_id     text NOT NULL REFERENCES vault_person ON DELETE CASCADE,
    sealed        bytea NOT NULL,
    author_kind   text NOT NULL,
    author        text NOT NULL,
    written_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE person_note IS 'people: What teams write down about their people.';
CREATE INDEX person_note_by_person ON person_note (person_id, written_at);
CREATE FUNCTION person_note_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM person_note WHERE person_id = NEW.id;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION person_note_goes IS 'people: Removes what is noted about somebody who is erased.';
CREATE TRIGGER vault_person_takes_notes AFTER UPDATE OF erased_at ON vault_person FOR EACH ROW
    WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL) EXECUTE FUNCTION person_note_goes();
GRANT SELECT, INSERT, DELETE ON person_note TO aforo_office;
ALTER TABLE person_note ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON person_note TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));

ALTER TABLE relation ADD COLUMN consent_origin text;
