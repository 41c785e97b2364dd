-- expand
-- in a transaction
-- locks: cart, orders, profile (share row exclusive)
--
-- People whom nothing refers to any more are found without looking at all of them. Those who were let go of before are
-- found by the worker that looks them all over, some at a time.

CREATE TABLE vault_let_go (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id  text NOT NULL,
    at         timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE vault_let_go IS 'vault: People that something stopped referring to, until it is seen whether anything else does.';
CREATE INDEX vault_let_go_by_time ON vault_let_go (at);
CREATE INDEX vault_let_go_by_person ON vault_let_go (person_id);
CREATE FUNCTION vault_lets_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO vault_let_go (person_id) VALUES (OLD.person_id);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION vault_lets_go IS 'vault: Notes that a row refers to a person no more.';

CREATE TRIGGER cart_changes_person AFTER UPDATE OF person_id ON cart FOR EACH ROW
    WHEN (OLD.person_id IS NOT NULL AND OLD.person_id IS DISTINCT FROM NEW.person_id) EXECUTE FUNCTION vault_lets_go();
CREATE TRIGGER cart_leaves_person AFTER DELETE ON cart FOR EACH ROW
    WHEN (OLD.person_id IS NOT NULL) EXECUTE FUNCTION vault_lets_go();
CREATE TRIGGER order_changes_person AFTER UPDATE OF person_id ON orders FOR EACH ROW
    WHEN (OLD.person_id IS NOT NULL AND OLD.person_id IS DISTINCT FROM NEW.person_id) EXECUTE FUNCTION vault_lets_go();
CREATE TRIGGER order_leaves_person AFTER DELETE ON orders FOR EACH ROW
    WHEN (OLD.person_id IS NOT NULL) EXECUTE FUNCTION vault_lets_go();
CREATE TRIGGER profile_changes_person AFTER UPDATE OF person_id ON profile FOR EACH ROW
    WHEN (OLD.person_id IS NOT NULL AND OLD.person_id IS DISTINCT FROM NEW.person_id) EXECUTE FUNCTION vault_lets_go();
CREATE TRIGGER profile_leaves_person AFTER DELETE ON profile FOR EACH ROW
    WHEN (OLD.person_id IS NOT NULL) EXECUTE FUNCTION vault_lets_go();
