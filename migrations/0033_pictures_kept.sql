-- expand
-- in a transaction
-- locks: organizer (share row exclusive)
--
-- Pictures that organizers name are fetched once, drawn anew and served from here. Those of events that are there already are
-- fetched too.

CREATE TABLE picture (
    organizer_id  text NOT NULL REFERENCES organizer,
    url           text NOT NULL,
    state         text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'kept', 'failed')),
    tries         integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    due_at        timestamptz NOT NULL DEFAULT now(),
    fault         text NOT NULL DEFAULT '',
    mark          text,
    width         integer,
    height        integer,
    widths        integer[] NOT NULL DEFAULT '{}',
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organizer_id, url),
    CONSTRAINT picture_kept_has_files CHECK
        ((state = 'kept') = (mark IS NOT NULL AND width > 0 AND height > 0 AND cardinality(widths) > 0))
);
COMMENT ON TABLE picture IS 'pictures: A picture that an organizer names, and how far it is.';
CREATE INDEX picture_due ON picture (due_at) WHERE state = 'due';
CREATE INDEX picture_by_mark ON picture (mark);

CREATE TABLE picture_file (
    name        text PRIMARY KEY,
    body        bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE picture_file ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON TABLE picture_file IS 'pictures: A picture drawn anew in one width; its name says what it shows.';

CREATE VIEW picture_shown AS
SELECT organizer_id, url, mark AS picture_mark, width AS picture_width, height AS picture_height, widths AS picture_widths
FROM picture WHERE state = 'kept';
COMMENT ON VIEW picture_shown IS 'pictures: Pictures that are kept, as events show them.';

INSERT INTO picture (organizer_id, url)
SELECT DISTINCT organizer_id, picture FROM event WHERE picture <> '' ON CONFLICT DO NOTHING;
