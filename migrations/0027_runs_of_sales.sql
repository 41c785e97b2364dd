-- expand
-- in a transaction
-- locks: sale (share row exclusive)
--
-- What is noted of a running sale has a table of its own. The release before notes it in the row of the sale: until that
-- release is gone, each of the two follows the other.

CREATE TABLE sale_run (
    sale_id      text PRIMARY KEY REFERENCES sale ON DELETE CASCADE,
    epoch        text NOT NULL DEFAULT '',             -- generation of the Redis state; '' before the first
    checkpoint   jsonb NOT NULL DEFAULT '{}',          -- room counters, for a rebuild
    draw_places  integer,                              -- N of the draw, once it was held
    draw_digest  text,                                 -- digest of the roster at the draw
    leaving_at   timestamptz,                          -- over, and its keys are being removed
    away_at      timestamptz,                          -- Redis has forgotten it, until somebody asks
    key_layout   text NOT NULL DEFAULT 'a1',           -- under which names Redis has its keys
    CONSTRAINT sale_run_leaves_before_it_is_away CHECK (away_at IS NULL OR leaving_at IS NOT NULL)
);
COMMENT ON TABLE sale_run IS 'onsale: What Postgres must know of a running sale, for a rebuild of its Redis state.';
CREATE INDEX sale_run_not_away ON sale_run (sale_id) WHERE away_at IS NULL;

CREATE VIEW sale_steering AS
SELECT id, kind, lobby_at, opens_at, closes_at, opened_at, closed_at, paused, steered, room, draw_secret, xmin AS written_by
FROM sale;
COMMENT ON VIEW sale_steering IS 'catalog: When sales open and close, as set and as switched by hand, and who wrote that last.';

CREATE FUNCTION sale_gets_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sale_run (sale_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION sale_gets_run IS 'onsale: A sale has its run from the first.';
CREATE TRIGGER sale_gets_run AFTER INSERT ON sale FOR EACH ROW EXECUTE FUNCTION sale_gets_run();

INSERT INTO sale_run (sale_id, epoch, checkpoint, draw_places, draw_digest, leaving_at, away_at, key_layout)
SELECT id, CASE WHEN epoch IN ('~', '-') THEN '' ELSE epoch END, checkpoint, draw_places, draw_digest,
       CASE WHEN epoch IN ('~', '-') THEN now() END, CASE WHEN epoch = '-' THEN now() END, key_layout
FROM sale;

CREATE FUNCTION sale_run_follows_sale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sale_run SET
        epoch = CASE WHEN NEW.epoch IN ('~', '-') THEN epoch ELSE NEW.epoch END,
        leaving_at = CASE WHEN NEW.epoch IN ('~', '-') THEN coalesce(leaving_at, now()) END,
        away_at = CASE WHEN NEW.epoch = '-' THEN coalesce(away_at, now()) END,
        checkpoint = NEW.checkpoint, draw_places = NEW.draw_places, draw_digest = NEW.draw_digest,
        key_layout = NEW.key_layout
    WHERE sale_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER sale_run_follows_sale AFTER UPDATE OF epoch, checkpoint, draw_places, draw_digest, key_layout ON sale
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION sale_run_follows_sale();

CREATE FUNCTION sale_follows_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sale SET
        epoch = CASE WHEN NEW.away_at IS NOT NULL THEN '-' WHEN NEW.leaving_at IS NOT NULL THEN '~' ELSE NEW.epoch END,
        checkpoint = NEW.checkpoint, draw_places = NEW.draw_places, draw_digest = NEW.draw_digest,
        key_layout = NEW.key_layout
    WHERE id = NEW.sale_id;
    RETURN NULL;
END $$;
CREATE TRIGGER sale_follows_run AFTER UPDATE ON sale_run
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION sale_follows_run();
