-- expand
-- in a transaction
-- locks: message, notice (access exclusive)
-- locks: organizer (share row exclusive)
--
-- Notices go out as messages; those that sell wait for the others, and for what their reader wants.

ALTER TABLE message ADD COLUMN sells boolean NOT NULL DEFAULT false;
-- Both are widened: what they allowed until now they allow on.
-- squawk-ignore ban-drop-constraint
ALTER TABLE message DROP CONSTRAINT message_channel_check;
ALTER TABLE message ADD CONSTRAINT message_channel_check CHECK (channel IN ('email', 'sms', 'push')) NOT VALID;
-- squawk-ignore ban-drop-constraint
ALTER TABLE notice DROP CONSTRAINT notice_state_check;
ALTER TABLE notice ADD CONSTRAINT notice_state_check CHECK (state IN ('due', 'posted', 'sent', 'failed', 'lapsed')) NOT VALID;

-- What a reader wants of an organizer's messages that sell. By the mark of the inbox, so that it holds whoever imports the
-- address next; of push messages, by the mark of the profile.
CREATE TABLE preference (
    organizer_id  text NOT NULL REFERENCES organizer,
    channel       text NOT NULL CHECK (channel IN ('email', 'sms', 'push')),
    address_mark  bytea NOT NULL,                      -- as in message
    off           text[] NOT NULL DEFAULT '{}',        -- topics that are not wanted there
    quiet_since   smallint CHECK (quiet_since BETWEEN 0 AND 1439), -- minutes of the day between which nothing is to come
    quiet_until   smallint CHECK (quiet_until BETWEEN 0 AND 1439),
    zone          text,                                -- of that day
    changed_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organizer_id, channel, address_mark),
    CONSTRAINT preference_hours_are_whole CHECK (
        num_nonnulls(quiet_since, quiet_until, zone) IN (0, 3) AND quiet_since IS DISTINCT FROM quiet_until
        OR num_nonnulls(quiet_since, quiet_until, zone) = 0)
);
COMMENT ON TABLE preference IS 'people: What readers want of an organizer''s messages that sell, by inbox.';
CREATE INDEX preference_by_address ON preference (address_mark);
