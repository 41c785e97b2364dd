-- expand
-- in a transaction
-- locks: organizer (share row exclusive)
-- locks: audit (access exclusive)
--
-- People log in with accounts, work for organizers with roles, and do what the audit trail says under their own ids.

CREATE TABLE account (
    id             text PRIMARY KEY,
    email          text NOT NULL,
    name           text NOT NULL DEFAULT '',
    locale         text NOT NULL DEFAULT 'en',
    password_hash  text,
    operator       boolean NOT NULL DEFAULT false,
    created_at     timestamptz NOT NULL DEFAULT now(),
    closed_at      timestamptz,
    CONSTRAINT account_closed_has_no_password CHECK (closed_at IS NULL OR password_hash IS NULL)
);
COMMENT ON TABLE account IS 'accounts: People who log in.';
CREATE UNIQUE INDEX account_email_is_unique ON account (email) WHERE closed_at IS NULL;

CREATE TABLE session (
    id             text PRIMARY KEY,
    token_sha256   bytea NOT NULL,
    account_id     text NOT NULL REFERENCES account,
    state          text NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    seen_at        timestamptz NOT NULL DEFAULT now(),
    idle_s         integer NOT NULL CHECK (idle_s > 0),
    until_at       timestamptz NOT NULL,
    second_factor  boolean NOT NULL DEFAULT false,
    stepped_up_at  timestamptz,
    device         text NOT NULL DEFAULT '',
    network        cidr,
    place          text NOT NULL DEFAULT '',
    ended_at       timestamptz,
    CONSTRAINT session_token_is_unique UNIQUE (token_sha256),
    CONSTRAINT session_state_is_known CHECK (state IN ('half', 'in')),
    CONSTRAINT session_keeps_no_address CHECK (masklen(network) <= CASE family(network) WHEN 4 THEN 24 ELSE 48 END)
);
COMMENT ON TABLE session IS 'accounts: Logins; only the SHA-256 of their tokens is kept.';
CREATE INDEX session_by_account ON session (account_id, created_at);

CREATE TABLE member (
    organizer_id  text NOT NULL REFERENCES organizer,
    account_id    text NOT NULL REFERENCES account,
    joined_at     timestamptz NOT NULL DEFAULT now(),
    left_at       timestamptz,
    PRIMARY KEY (organizer_id, account_id)
);
COMMENT ON TABLE member IS 'accounts: Accounts that work for an organizer.';
CREATE INDEX member_by_account ON member (account_id) WHERE left_at IS NULL;

CREATE TABLE role_grant (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL,
    account_id    text NOT NULL,
    role          text NOT NULL,
    events        text[] NOT NULL DEFAULT '{}',
    venues        text[] NOT NULL DEFAULT '{}',
    until_at      timestamptz,
    granted_by    text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    revoked_at    timestamptz,
    FOREIGN KEY (organizer_id, account_id) REFERENCES member,
    CONSTRAINT role_grant_role_is_known CHECK (role IN ('owner', 'manager', 'editor', 'publisher', 'venue_manager',
        'box_office', 'marketing', 'finance', 'gate', 'analyst', 'auditor')),

    CONSTRAINT role_grant_owner_is_whole CHECK
        (role <> 'owner' OR (events = '{}' AND venues = '{}' AND until_at IS NULL))
);
COMMENT ON TABLE role_grant IS 'accounts: Roles of members: what, where, until when.';
CREATE INDEX role_grant_by_member ON role_grant (organizer_id, account_id) WHERE revoked_at IS NULL;

-- It is widened: what it allowed until now it allows on.
-- squawk-ignore ban-drop-constraint
ALTER TABLE audit DROP CONSTRAINT audit_actor_kind_is_known;
ALTER TABLE audit ADD CONSTRAINT audit_actor_kind_is_known CHECK (actor_kind IN
    ('account', 'key', 'guest', 'operator', 'itself', 'stranger')) NOT VALID;
