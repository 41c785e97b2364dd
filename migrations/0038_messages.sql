-- expand
-- in a transaction
-- locks: nothing
--
-- What is written to people is a row, in the transaction of what it tells of.

CREATE TABLE message (
    id            text PRIMARY KEY,
    key           text NOT NULL,                       -- what it is about: one message for each
    template      text NOT NULL,
    channel       text NOT NULL CHECK (channel IN ('email', 'sms')),
    organizer_id  text,                                -- no foreign key: messages may have a database of their own
    locale        text NOT NULL,
    inbox_hash    bytea NOT NULL,                      -- keyed: whose reader has so many a day
    sealed        text,                                -- address and fields; forgotten some time after it was sent
    state         text NOT NULL DEFAULT 'queued'
                  CHECK (state IN ('queued', 'sent', 'unknown', 'refused', 'bounced', 'lapsed')),
    tries         smallint NOT NULL DEFAULT 0 CHECK (tries >= 0),
    doubts        smallint NOT NULL DEFAULT 0,         -- tries of which nobody knows whether they went out
    due_at        timestamptz NOT NULL DEFAULT now(),  -- when to try next; while it is tried, when to take it for dead
    until_at      timestamptz NOT NULL,                -- not sent after that
    created_at    timestamptz NOT NULL DEFAULT now(),
    done_at       timestamptz,
    said          text NOT NULL DEFAULT '',            -- by the channel, without the address
    CONSTRAINT message_key_is_unique UNIQUE (key),
    CONSTRAINT message_key_holds_no_address CHECK (strpos(key, '@') = 0),
    CONSTRAINT message_doubts_are_tries CHECK (doubts BETWEEN 0 AND tries),
    CONSTRAINT message_waits_or_is_done CHECK ((state = 'queued') = (done_at IS NULL)),
    CONSTRAINT message_that_waits_can_be_sent CHECK (state <> 'queued' OR sealed IS NOT NULL)
);
COMMENT ON TABLE message IS 'messages: Messages to people, and what became of each.';
CREATE INDEX message_due ON message (channel, due_at) WHERE state = 'queued';
CREATE INDEX message_by_age ON message (created_at);
CREATE INDEX message_by_inbox ON message (inbox_hash, created_at);
CREATE INDEX message_still_sealed ON message (created_at) WHERE sealed IS NOT NULL AND state <> 'queued';
