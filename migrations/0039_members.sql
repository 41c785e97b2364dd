-- expand
-- in a transaction
-- locks: organizer, account, session, member, role_grant, api_key (share row exclusive)
--
-- Members are invited, guests look by a link, two persons decide, and open sockets hear of it when somebody may something else.

CREATE TABLE invitation (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    email         text NOT NULL,
    token_sha256  bytea NOT NULL,
    grants        jsonb NOT NULL,
    until_at      timestamptz NOT NULL,
    invited_kind  text NOT NULL CHECK (invited_kind IN ('account', 'key', 'operator')),
    invited_by    text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    accepted_at   timestamptz,
    accepted_by   text REFERENCES account,
    revoked_at    timestamptz,
    CONSTRAINT invitation_token_is_unique UNIQUE (token_sha256),
    CONSTRAINT invitation_is_accepted_by_somebody CHECK ((accepted_at IS NULL) = (accepted_by IS NULL))
);
COMMENT ON TABLE invitation IS 'accounts: Who was asked to become a member, and what they may do then.';
CREATE INDEX invitation_by_organizer ON invitation (organizer_id, email);

CREATE TABLE guest_link (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    token_sha256  bytea NOT NULL,
    label         text NOT NULL,
    permission    text NOT NULL,
    event_id      text NOT NULL,
    until_at      timestamptz NOT NULL,
    created_by    text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    revoked_at    timestamptz,
    last_used_at  timestamptz,
    CONSTRAINT guest_link_token_is_unique UNIQUE (token_sha256),
    CONSTRAINT guest_link_only_reads CHECK (permission IN ('event:read', 'sale:read', 'order:read'))
);
COMMENT ON TABLE guest_link IS 'accounts: Links that let somebody without an account look at one event for a while.';
CREATE INDEX guest_link_by_organizer ON guest_link (organizer_id, created_at);

CREATE TABLE organizer_policy (
    organizer_id   text PRIMARY KEY REFERENCES organizer,
    second_factor  boolean NOT NULL DEFAULT false,
    two_persons    text[] NOT NULL DEFAULT '{}',
    version        integer NOT NULL DEFAULT 1 CHECK (version > 0)
);
COMMENT ON TABLE organizer_policy IS 'accounts: What an organizer asks of its members.';

CREATE TABLE approval (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    act           text NOT NULL,
    route         text NOT NULL,
    parts         jsonb NOT NULL,
    body          bytea NOT NULL,
    permission    text NOT NULL,
    event_id      text,
    venue_id      text,
    asked_kind    text NOT NULL CHECK (asked_kind IN ('account', 'key')),
    asked_by      text NOT NULL,
    asked_at      timestamptz NOT NULL DEFAULT now(),
    until_at      timestamptz NOT NULL,
    state         text NOT NULL DEFAULT 'open'
                  CHECK (state IN ('open', 'running', 'done', 'failed', 'rejected', 'void')),
    decided_by    text,
    decided_at    timestamptz,
    CONSTRAINT approval_needs_another CHECK (state NOT IN ('running', 'done', 'failed') OR decided_by <> asked_by)
);
COMMENT ON TABLE approval IS 'accounts: Acts that wait for a second person, and what became of them.';
CREATE INDEX approval_by_organizer ON approval (organizer_id, asked_at);

CREATE FUNCTION organizer_keeps_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('members of ' || OLD.organizer_id, 0));
    IF NOT EXISTS (
        SELECT FROM role_grant g JOIN member m USING (organizer_id, account_id)
        WHERE g.organizer_id = OLD.organizer_id AND g.role = 'owner' AND g.revoked_at IS NULL AND m.left_at IS NULL
    ) THEN
        RAISE EXCEPTION 'organizer % would have no owner', OLD.organizer_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'organizer_keeps_an_owner';
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION organizer_keeps_an_owner IS 'accounts: Refuses to let the last owner go.';
CREATE CONSTRAINT TRIGGER role_grant_keeps_an_owner
    AFTER UPDATE OF revoked_at ON role_grant DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.role = 'owner' AND OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
    EXECUTE FUNCTION organizer_keeps_an_owner();

CREATE FUNCTION tell_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('aforo_access', TG_ARGV[0] || ':' || (to_jsonb(NEW) ->> TG_ARGV[1]));
    RETURN NULL;
END $$;
COMMENT ON FUNCTION tell_access IS 'accounts: Tells servers whose rights have changed.';
CREATE TRIGGER session_tells_access AFTER UPDATE OF ended_at, until_at, state ON session
    FOR EACH ROW EXECUTE FUNCTION tell_access('session', 'id');
CREATE TRIGGER account_tells_access AFTER UPDATE OF closed_at, operator ON account
    FOR EACH ROW EXECUTE FUNCTION tell_access('account', 'id');
CREATE TRIGGER member_tells_access AFTER INSERT OR UPDATE ON member FOR EACH ROW EXECUTE FUNCTION tell_access('account', 'account_id');
CREATE TRIGGER role_grant_tells_access AFTER INSERT OR UPDATE ON role_grant FOR EACH ROW EXECUTE FUNCTION tell_access('account', 'account_id');
CREATE TRIGGER api_key_tells_access AFTER UPDATE OF revoked_at, expires_at, scopes, events, venues, networks ON api_key
    FOR EACH ROW EXECUTE FUNCTION tell_access('key', 'id');
CREATE TRIGGER guest_link_tells_access AFTER UPDATE OF revoked_at, until_at ON guest_link
    FOR EACH ROW EXECUTE FUNCTION tell_access('guest', 'id');
CREATE TRIGGER organizer_policy_tells_access AFTER INSERT OR UPDATE ON organizer_policy
    FOR EACH ROW EXECUTE FUNCTION tell_access('organizer', 'organizer_id');
