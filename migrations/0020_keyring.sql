-- expand
-- in a transaction
-- locks: nothing
--
-- Keys by purpose, wrapped by the root key. Until the release before is gone each purpose has its first one alone.

CREATE TABLE ring_key (
    purpose     text NOT NULL,                         -- as engine/keyring/purposes.py lists them
    id          smallint NOT NULL CHECK (id > 0),      -- in what it signs; the first one is 1
    root        text NOT NULL,                         -- id of the root key that wraps it
    wrapped     bytea,                                 -- AES-256-GCM, bound to purpose, id and root
    created_at  timestamptz NOT NULL DEFAULT now(),
    active_at   timestamptz NOT NULL,                  -- it signs from then on, until the next one does
    retired_at  timestamptz,
    PRIMARY KEY (purpose, id),
    CONSTRAINT ring_key_takes_turns UNIQUE (purpose, active_at),
    CONSTRAINT ring_key_is_gone_once_retired CHECK ((wrapped IS NULL) = (retired_at IS NOT NULL)),
    CONSTRAINT ring_key_does_not_rotate_yet CHECK (id = 1)
);
COMMENT ON TABLE ring_key IS 'keyring: Keys by purpose; their state follows from the instants.';
