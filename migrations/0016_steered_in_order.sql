-- expand
-- in a transaction
-- locks: sale (access exclusive)
--
-- Counts the changes of a sale's times and switches, so that a process that read an older row does not undo a newer one.

ALTER TABLE sale ADD COLUMN steered integer NOT NULL DEFAULT 0;
CREATE FUNCTION sale_counts_steering() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.steered := OLD.steered + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER sale_counts_steering
    BEFORE UPDATE OF lobby_at, opens_at, closes_at, opened_at, closed_at, paused ON sale FOR EACH ROW
    WHEN ((OLD.lobby_at, OLD.opens_at, OLD.closes_at, OLD.opened_at, OLD.closed_at, OLD.paused) IS DISTINCT FROM
          (NEW.lobby_at, NEW.opens_at, NEW.closes_at, NEW.opened_at, NEW.closed_at, NEW.paused))
    EXECUTE FUNCTION sale_counts_steering();
