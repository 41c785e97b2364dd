-- schema.sql: the whole database, as a fresh one has it.
--
-- By context, in the order in which it is best read. The comment of each table begins with the context that owns it.
-- `aforo db apply` makes an empty database from this file, in one transaction. migrations/ brings older databases forward, and
-- a test compares the two: what changes here needs a step there (CONTRIBUTING.md, "Changing the schema").
-- Money is integer minor units; instants are timestamptz; ids are opaque text made by the engine.
-- Every table that grows with sales carries sale_id first in its key, so that it can be partitioned or distributed by sale.

-- ── stores: which steps of migrations/ this database has had ────────────────────────────────────────────────────────

CREATE TABLE schema_step (
    number    integer PRIMARY KEY,
    name      text NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('expand', 'contract')),
    checksum  text NOT NULL,                           -- SHA-256 of its file
    began_at  timestamptz NOT NULL DEFAULT now(),
    took_ms   integer CHECK (took_ms >= 0)             -- null until it has ended; 0 when the database was made with it
);
COMMENT ON TABLE schema_step IS 'stores: Steps of migrations/ that this database has had, or that were cut short.';

-- Older releases know nothing of schema_step: they refuse a database whose version here is newer than theirs.
CREATE TABLE schema_version (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version   integer NOT NULL,
    moved_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE schema_version IS 'stores: The newest contract step, for releases from before schema_step.';

-- ── keyring: keys by purpose ────────────────────────────────────────────────────────────────────────────────────────

-- Until it is active a key is announced; then it signs, until the next one does. Wrapped by the root key, which is outside.
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
    CONSTRAINT ring_key_is_gone_once_retired CHECK ((wrapped IS NULL) = (retired_at IS NOT NULL))
);
COMMENT ON TABLE ring_key IS 'keyring: Keys by purpose; their state follows from the instants.';

-- ── access: organizers, their keys, answers to repeats ──────────────────────────────────────────────────────────────

CREATE TABLE organizer (
    id          text PRIMARY KEY,
    name        text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    order_key   text NOT NULL DEFAULT 'required',      -- when a buyer chooses the key of an order
    CONSTRAINT organizer_order_key_is_known CHECK (order_key IN ('required', 'before_download'))
);
COMMENT ON TABLE organizer IS 'access: Who runs events; owns everything below.';

-- A version never changes, so that an order can say which one its buyer accepted. Both parts empty: nothing to accept.
CREATE TABLE organizer_terms (
    organizer_id  text NOT NULL REFERENCES organizer,
    version       integer NOT NULL CHECK (version > 0), -- the highest is in force
    text          text NOT NULL DEFAULT '',
    url           text NOT NULL DEFAULT '',            -- where more of them is
    refund_rule   text NOT NULL DEFAULT '',            -- when money is given back, in a few words
    written_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organizer_id, version)
);
COMMENT ON TABLE organizer_terms IS 'access: What buyers agree to with an organizer, by version.';
CREATE VIEW public_organizer AS
SELECT o.id, o.name, o.order_key, CASE WHEN t.text <> '' OR t.url <> '' THEN t.version END AS terms_version,
       coalesce(t.text, '') AS terms_text, coalesce(t.url, '') AS terms_url, coalesce(t.refund_rule, '') AS refund_rule
FROM organizer o LEFT JOIN LATERAL (
    SELECT * FROM organizer_terms WHERE organizer_id = o.id ORDER BY version DESC LIMIT 1
) AS t ON true;
COMMENT ON VIEW public_organizer IS 'access: Organizers as buyers see them. Without terms to accept, terms_version is null.';

-- An API key is shown once; only its SHA-256 is kept (the key has 256 random bits, so a slow hash would add nothing).
CREATE TABLE api_key (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    key_sha256    bytea NOT NULL,
    label         text NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL DEFAULT now(),
    revoked_at    timestamptz,
    scopes        text[],                              -- permissions; null: all
    events        text[] NOT NULL DEFAULT '{}',        -- both lists empty: the whole organizer
    venues        text[] NOT NULL DEFAULT '{}',
    expires_at    timestamptz,
    networks      cidr[] NOT NULL DEFAULT '{}',        -- it may be shown from these; none: from anywhere
    last_used_at  timestamptz,                         -- noted once a minute at most
    created_by    text NOT NULL DEFAULT '',            -- id of an account or key, name of an operator
    rotated_from  text,                                -- the key whose place it takes
    CONSTRAINT api_key_is_unique UNIQUE (key_sha256)
);
COMMENT ON TABLE api_key IS 'access: Keys of organizers; only their SHA-256 is kept.';

-- Answers of POSTs that carried an Idempotency-Key, so that a repeat gets the same answer.
CREATE TABLE http_answer (
    actor       text NOT NULL,
    key         text NOT NULL,
    request     bytea NOT NULL,                        -- mark of method, path and body, by a key of the installation
    status      integer,                               -- null while the first one runs
    body        bytea,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor, key)
);
COMMENT ON TABLE http_answer IS 'access: Answers kept for repeats with the same Idempotency-Key.';

-- ── vault: what people are called and where they are reached ────────────────────────────────────────────────────────

-- A person is one contact, as somebody typed it for an organizer or an import brought it. Once erased the row stays, empty,
-- so that nothing that refers to it ever means somebody else.
CREATE TABLE vault_person (
    id            text PRIMARY KEY,
    organizer_id  text,                                -- whose person; null: of the installation. No foreign key: people come in crowds
    buyer_id      text,                                -- who typed it; null: an import, or erased
    ring_key      smallint,                            -- of the keyring's purpose `vault`, which wraps …
    data_key      bytea,                               -- … the key of this person alone, under which lies …
    sealed        bytea,                               -- … the contact
    contact_mark  bytea,                               -- of organizer, buyer and contact together
    email_mark    bytea,                               -- of the inbox, as in message
    phone_mark    bytea,
    name_marks    bigint[] NOT NULL DEFAULT '{}',      -- one per word
    created_at    timestamptz NOT NULL DEFAULT now(),
    erased_at     timestamptz,
    kept_of       text,                                -- whose name tax law keeps: of somebody who was erased …
    kept_until    timestamptz,                         -- … for so long
    CONSTRAINT vault_person_is_the_same_again UNIQUE (contact_mark),
    CONSTRAINT vault_person_kept_is_found_by_nothing CHECK ((kept_of IS NULL) = (kept_until IS NULL)
        AND (kept_of IS NULL OR num_nonnulls(contact_mark, email_mark, phone_mark, buyer_id) = 0 AND name_marks = '{}')),
    CONSTRAINT vault_person_is_whole_or_erased CHECK (CASE WHEN erased_at IS NULL
        THEN num_nulls(ring_key, data_key, sealed) = 0
        ELSE num_nonnulls(ring_key, data_key, sealed, contact_mark, email_mark, phone_mark, buyer_id) = 0
            AND name_marks = '{}' END)
);
COMMENT ON TABLE vault_person IS 'vault: People, each under a key of their own.';
CREATE INDEX vault_person_by_email ON vault_person (email_mark) WHERE email_mark IS NOT NULL;
CREATE INDEX vault_person_by_phone ON vault_person (phone_mark) WHERE phone_mark IS NOT NULL;
CREATE INDEX vault_person_by_name ON vault_person USING gin (name_marks);
CREATE INDEX vault_person_by_buyer ON vault_person (buyer_id) WHERE buyer_id IS NOT NULL;
CREATE INDEX vault_person_by_ring_key ON vault_person (ring_key) WHERE ring_key IS NOT NULL;
CREATE INDEX vault_person_by_kept ON vault_person (kept_of) WHERE kept_of IS NOT NULL;
CREATE VIEW sealed_person AS SELECT id, ring_key, data_key, sealed FROM vault_person WHERE erased_at IS NULL;
COMMENT ON VIEW sealed_person IS 'vault: People as they are kept; only the vault can read them.';
-- Writes people in the statement of whoever refers to them. Whoever is there already, by the mark, stays who they are.
CREATE FUNCTION vault_put(
    people text[], organizers text[], buyers text[], ring_keys smallint[], data_keys bytea[], seals bytea[],
    contact_marks bytea[], email_marks bytea[], phone_marks bytea[], names text[]
) RETURNS TABLE (contact_mark bytea, person_id text) LANGUAGE sql AS $$
    INSERT INTO vault_person (id, organizer_id, buyer_id, ring_key, data_key, sealed, contact_mark, email_mark, phone_mark,
                              name_marks)
    SELECT DISTINCT ON (p.contact_mark, CASE WHEN p.contact_mark IS NULL THEN p.id END) p.id, p.organizer_id, p.buyer_id,
           p.ring_key, p.data_key, p.sealed, p.contact_mark, p.email_mark, p.phone_mark, p.name_marks::bigint[]
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         AS p (id, organizer_id, buyer_id, ring_key, data_key, sealed, contact_mark, email_mark, phone_mark, name_marks)
    ORDER BY p.contact_mark, CASE WHEN p.contact_mark IS NULL THEN p.id END
    ON CONFLICT ON CONSTRAINT vault_person_is_the_same_again DO UPDATE SET contact_mark = excluded.contact_mark
    RETURNING vault_person.contact_mark, vault_person.id
$$;
COMMENT ON FUNCTION vault_put IS 'vault: Writes people, and answers who is meant by each mark.';

-- Whoever stops referring to a person notes it here, in the same transaction. Nothing keeps these apart: two that let go
-- of the same person never wait for one another.
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

-- ── accounts: people who log in, and what they may do ────────────────────────────────────────────────────────────────

CREATE TABLE account (
    id             text PRIMARY KEY,
    email          text NOT NULL,                      -- as engine/messages keeps addresses; shown to be the owner's before
    name           text NOT NULL DEFAULT '',
    locale         text NOT NULL DEFAULT 'en',
    password_hash  text,                               -- argon2id, with a pepper of the keyring; null: none was chosen
    operator       boolean NOT NULL DEFAULT false,     -- the installation role
    created_at     timestamptz NOT NULL DEFAULT now(),
    closed_at      timestamptz,
    CONSTRAINT account_closed_has_no_password CHECK (closed_at IS NULL OR password_hash IS NULL)
);
COMMENT ON TABLE account IS 'accounts: People who log in.';
CREATE UNIQUE INDEX account_email_is_unique ON account (email) WHERE closed_at IS NULL;

CREATE TABLE session (
    id             text PRIMARY KEY,
    token_sha256   bytea NOT NULL,                     -- the token has 256 random bits
    account_id     text NOT NULL REFERENCES account,
    state          text NOT NULL,                      -- half: the second factor is still owed
    created_at     timestamptz NOT NULL DEFAULT now(),
    seen_at        timestamptz NOT NULL DEFAULT now(), -- noted once in a while
    idle_s         integer NOT NULL CHECK (idle_s > 0), -- unseen for so long it has ended
    until_at       timestamptz NOT NULL,               -- whatever happens
    second_factor  boolean NOT NULL DEFAULT false,     -- one was shown in it
    stepped_up_at  timestamptz,                        -- when that was, or the password where there is no other
    device         text NOT NULL DEFAULT '',           -- browser and system, in a few words
    network        cidr,
    place          text NOT NULL DEFAULT '',
    ended_at       timestamptz,
    renew          boolean NOT NULL DEFAULT false,     -- what it may do has changed: its next request gets another token
    renewed_at     timestamptz,
    before_sha256  bytea,                              -- of the token before: requests that were on their way carry it
    CONSTRAINT session_token_is_unique UNIQUE (token_sha256),
    CONSTRAINT session_state_is_known CHECK (state IN ('half', 'in')),
    CONSTRAINT session_keeps_no_address CHECK (masklen(network) <= CASE family(network) WHEN 4 THEN 24 ELSE 48 END)
);
COMMENT ON TABLE session IS 'accounts: Logins; only the SHA-256 of their tokens is kept.';
CREATE INDEX session_by_account ON session (account_id, created_at);
CREATE UNIQUE INDEX session_before_is_unique ON session (before_sha256);
CREATE INDEX session_by_end ON session (until_at);

CREATE TABLE member (
    organizer_id  text NOT NULL REFERENCES organizer,
    account_id    text NOT NULL REFERENCES account,
    joined_at     timestamptz NOT NULL DEFAULT now(),
    left_at       timestamptz,
    PRIMARY KEY (organizer_id, account_id)
);
COMMENT ON TABLE member IS 'accounts: Accounts that work for an organizer.';
CREATE INDEX member_by_account ON member (account_id) WHERE left_at IS NULL;

-- Both lists empty: the whole organizer.
CREATE TABLE role_grant (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL,
    account_id    text NOT NULL,
    role          text NOT NULL,                       -- engine/access/permissions.py says what each may
    events        text[] NOT NULL DEFAULT '{}',
    venues        text[] NOT NULL DEFAULT '{}',
    until_at      timestamptz,                         -- it ends by itself then
    granted_by    text NOT NULL,                       -- id of an account or key, name of an operator
    created_at    timestamptz NOT NULL DEFAULT now(),
    revoked_at    timestamptz,
    FOREIGN KEY (organizer_id, account_id) REFERENCES member,
    CONSTRAINT role_grant_role_is_known CHECK (role IN ('owner', 'manager', 'editor', 'publisher', 'venue_manager',
        'box_office', 'marketing', 'finance', 'gate', 'analyst', 'auditor')),
    -- An owner owns the whole organizer, without an end.
    CONSTRAINT role_grant_owner_is_whole CHECK
        (role <> 'owner' OR (events = '{}' AND venues = '{}' AND until_at IS NULL))
);
COMMENT ON TABLE role_grant IS 'accounts: Roles of members: what, where, until when.';
CREATE INDEX role_grant_by_member ON role_grant (organizer_id, account_id) WHERE revoked_at IS NULL;

-- Accepted by whoever is logged in with that address. The grants are as asked for, and checked again when they are given.
CREATE TABLE invitation (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    email         text NOT NULL,
    token_sha256  bytea NOT NULL,
    grants        jsonb NOT NULL,                      -- [{"role", "events", "venues", "until_ms"}]
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

-- Without a row: neither.
CREATE TABLE organizer_policy (
    organizer_id   text PRIMARY KEY REFERENCES organizer,
    second_factor  boolean NOT NULL DEFAULT false,     -- its members show one, or may nothing
    two_persons    text[] NOT NULL DEFAULT '{}',       -- acts that one asks for and another approves
    version        integer NOT NULL DEFAULT 1 CHECK (version > 0),
    complimentary_max integer NOT NULL DEFAULT 0,      -- tickets that each of them may give away in a sale
    refund_alone_max bigint NOT NULL DEFAULT 0         -- where refunds need two persons: so much of an order one gives back alone
);
COMMENT ON TABLE organizer_policy IS 'accounts: What an organizer asks of its members.';

CREATE TABLE approval (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    act           text NOT NULL,
    route         text NOT NULL,                       -- method and path as declared
    parts         jsonb NOT NULL,                      -- of the path, by name
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

-- The last guard: of two owners who remove one another at the same moment, one stays.
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

-- Open sockets hear at once that somebody may do something else now: whoever changes it, and however.
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
-- ── accounts: second factors, logins elsewhere ────────────────────────────────────────────────────────────────────────────

CREATE TABLE passkey (
    id             text PRIMARY KEY,
    account_id     text NOT NULL REFERENCES account,
    credential_id  bytea NOT NULL,                     -- as the authenticator names it
    public_key     bytea NOT NULL,                     -- COSE
    sign_count     bigint NOT NULL CHECK (sign_count >= 0),
    label          text NOT NULL,
    transports     text[] NOT NULL DEFAULT '{}',
    backed_up      boolean NOT NULL,                   -- lies on more than one device
    created_at     timestamptz NOT NULL DEFAULT now(),
    last_used_at   timestamptz,
    CONSTRAINT passkey_credential_is_unique UNIQUE (credential_id)
);
COMMENT ON TABLE passkey IS 'accounts: Public keys of authenticators that log somebody in.';
CREATE INDEX passkey_by_account ON passkey (account_id, created_at);

CREATE TABLE account_totp (
    account_id    text PRIMARY KEY REFERENCES account,
    secret        text NOT NULL,                       -- sealed
    last_step     bigint NOT NULL DEFAULT 0,           -- of the newest code that was taken: no code is taken twice
    created_at    timestamptz NOT NULL DEFAULT now(),
    confirmed_at  timestamptz,
    CONSTRAINT account_totp_is_sealed CHECK (secret LIKE 'sealed:%')
);
COMMENT ON TABLE account_totp IS 'accounts: Secrets that authenticator apps make codes from.';

CREATE TABLE recovery_code (
    account_id   text NOT NULL REFERENCES account,
    code_sha256  bytea NOT NULL,                       -- a code has 77 random bits
    used_at      timestamptz,
    PRIMARY KEY (account_id, code_sha256)
);
COMMENT ON TABLE recovery_code IS 'accounts: Codes for who has lost every other second factor, each good once.';

CREATE TABLE outside_identity (
    issuer        text NOT NULL,
    subject       text NOT NULL,
    account_id    text NOT NULL REFERENCES account,
    linked_at     timestamptz NOT NULL DEFAULT now(),
    last_used_at  timestamptz,
    CONSTRAINT outside_identity_has_one_account PRIMARY KEY (issuer, subject)
);
COMMENT ON TABLE outside_identity IS 'accounts: Whom an outside provider knows an account as.';
CREATE INDEX outside_identity_by_account ON outside_identity (account_id);

CREATE TABLE ceremony_spent (
    digest    bytea PRIMARY KEY,
    until_at  timestamptz NOT NULL
);
COMMENT ON TABLE ceremony_spent IS 'accounts: Challenges that were answered, until they end anyway.';
CREATE INDEX ceremony_spent_by_end ON ceremony_spent (until_at);

CREATE TABLE account_proof (
    id             text PRIMARY KEY,
    purpose        text NOT NULL,
    token_sha256   bytea NOT NULL,                     -- the token has 256 random bits
    email          text NOT NULL,                      -- where the letter goes
    account_id     text REFERENCES account,            -- null: there is none yet, or none with this address
    name           text NOT NULL DEFAULT '',
    locale         text NOT NULL DEFAULT 'en',
    organizer      text NOT NULL DEFAULT '',           -- name of one to be made
    password_hash  text,
    browser_sha256 bytea,                              -- of the browser that registered
    created_at     timestamptz NOT NULL DEFAULT now(),
    until_at       timestamptz NOT NULL,
    used_at        timestamptz,
    CONSTRAINT account_proof_token_is_unique UNIQUE (token_sha256),
    CONSTRAINT account_proof_purpose_is_known CHECK (purpose IN ('register', 'reset', 'email')),
    CONSTRAINT account_proof_password_is_new CHECK (password_hash IS NULL OR (purpose = 'register' AND used_at IS NULL))
);
COMMENT ON TABLE account_proof IS 'accounts: Links in letters, each good once: whoever opens one shows that an address is theirs.';
CREATE INDEX account_proof_by_email ON account_proof (email, created_at);
CREATE INDEX account_proof_by_age ON account_proof (created_at);

CREATE TABLE account_buyer (
    buyer_id    text PRIMARY KEY,                      -- a buyer belongs to one account
    account_id  text NOT NULL REFERENCES account,
    how         text NOT NULL,
    linked_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT account_buyer_how_is_known CHECK (how IN ('browser', 'email'))
);
COMMENT ON TABLE account_buyer IS 'accounts: Buyers whose orders an account sees.';
CREATE INDEX account_buyer_by_account ON account_buyer (account_id);

-- ── pictures ────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Named by an address, fetched once. Two organizers who name the same address have a row each.
CREATE TABLE picture (
    organizer_id  text NOT NULL REFERENCES organizer,
    url           text NOT NULL,
    state         text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'kept', 'failed')),
    tries         integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    due_at        timestamptz NOT NULL DEFAULT now(),  -- when it is tried next, or tried again if its worker dies
    fault         text NOT NULL DEFAULT '',            -- why the last try failed, as its organizer reads it
    mark          text,                                -- SHA-256 of its files, shortened; names begin with it
    width         integer,                             -- of the widest file
    height        integer,
    widths        integer[] NOT NULL DEFAULT '{}',     -- narrow to wide
    created_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organizer_id, url),
    CONSTRAINT picture_kept_has_files CHECK
        ((state = 'kept') = (mark IS NOT NULL AND width > 0 AND height > 0 AND cardinality(widths) > 0))
);
COMMENT ON TABLE picture IS 'pictures: A picture that an organizer names, and how far it is.';
CREATE INDEX picture_due ON picture (due_at) WHERE state = 'due';
CREATE INDEX picture_by_mark ON picture (mark);

CREATE TABLE picture_file (
    name        text PRIMARY KEY,                      -- mark-width.webp
    body        bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE picture_file ALTER COLUMN body SET STORAGE EXTERNAL; -- it is compressed already
COMMENT ON TABLE picture_file IS 'pictures: A picture drawn anew in one width; its name says what it shows.';

CREATE VIEW picture_shown AS
SELECT organizer_id, url, mark AS picture_mark, width AS picture_width, height AS picture_height, widths AS picture_widths
FROM picture WHERE state = 'kept';
COMMENT ON VIEW picture_shown IS 'pictures: Pictures that are kept, as events show them.';

-- ── catalog: venues, layouts, events ────────────────────────────────────────────────────────────────────────────────

CREATE TABLE venue (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    name          text NOT NULL,
    address       text NOT NULL DEFAULT '',
    zone          text NOT NULL,                       -- IANA time zone, e.g. Europe/Madrid
    latitude      double precision,
    longitude     double precision,
    created_at    timestamptz NOT NULL DEFAULT now(),
    country       text                                 -- ISO 3166, two letters; null: nobody said
);
COMMENT ON TABLE venue IS 'catalog: A place with a time zone.';

CREATE TABLE tax_rules (
    organizer_id  text PRIMARY KEY REFERENCES organizer,
    version       integer NOT NULL,
    rules         jsonb NOT NULL                       -- {"ES": {"IVA": {"rate": "10", …}}}, as they were written
);
COMMENT ON TABLE tax_rules IS 'catalog: Taxes of an organizer''s new sales, by the country of their venue.';

-- A layout never changes: a change is a new version, and a sale points at the version it sells.
CREATE TABLE layout (
    venue_id    text NOT NULL REFERENCES venue,
    version     integer NOT NULL CHECK (version > 0),
    name        text NOT NULL DEFAULT '',
    seats       integer NOT NULL CHECK (seats >= 0),
    shape       jsonb NOT NULL DEFAULT '{}',           -- what a map needs besides sections: stage, outline
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (venue_id, version)
);
COMMENT ON TABLE layout IS 'catalog: A version of a venue''s seats; never changes.';

-- Seats are numbered 0…n-1 in the layout; a section owns a run of numbers, row after row.
CREATE TABLE section (
    venue_id    text NOT NULL,
    version     integer NOT NULL,
    id          text NOT NULL,
    name        text NOT NULL,
    rank        integer NOT NULL,                      -- 0 is best; best available looks in this order
    first_seat  integer NOT NULL CHECK (first_seat >= 0),
    rows        jsonb NOT NULL,                        -- [{"label","first_seat","seats","labels"?,"x","y","accessible"?}]: a seat table in compact form
    shape       jsonb NOT NULL DEFAULT '{}',           -- outline and label position for the map; focal point
    PRIMARY KEY (venue_id, version, id),
    FOREIGN KEY (venue_id, version) REFERENCES layout
);
COMMENT ON TABLE section IS 'catalog: A run of seat numbers of a layout, row after row.';

CREATE TABLE series (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    name          text NOT NULL,
    description   text NOT NULL DEFAULT '',
    created_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE series IS 'catalog: What takes place on several dates, each of which is an event with a sale of its own.';
CREATE INDEX series_by_organizer ON series (organizer_id);

CREATE TABLE event (
    id              text PRIMARY KEY,
    organizer_id    text NOT NULL REFERENCES organizer,
    venue_id        text REFERENCES venue,
    name            text NOT NULL,
    description     text NOT NULL DEFAULT '',
    kind            text NOT NULL DEFAULT 'concert',
    zone            text NOT NULL,
    starts_at       timestamptz NOT NULL,              -- of a postponed event: when it would have been
    ends_at         timestamptz,
    picture         text NOT NULL DEFAULT '',          -- the address that its organizer gave
    created_at      timestamptz NOT NULL DEFAULT now(),
    performers      text[] NOT NULL DEFAULT '{}',
    starts_local    timestamp,                         -- what its own clocks show then, as announced; null: of an older release
    ends_local      timestamp,
    status          text NOT NULL DEFAULT 'scheduled',
    revision        integer NOT NULL DEFAULT 0,        -- how often what is announced of it has changed
    moved_from      timestamptz,                       -- the date before
    moved_from_ends timestamptz,
    paused_sales    text[] NOT NULL DEFAULT '{}',      -- sales that its postponement paused
    series_id       text,                              -- null: it takes place once
    CONSTRAINT event_status_is_known CHECK (status IN ('scheduled', 'moved', 'postponed', 'cancelled')),
    CONSTRAINT event_was_moved_from_a_date CHECK (status <> 'moved' OR moved_from IS NOT NULL),
    CONSTRAINT event_is_of_a_series FOREIGN KEY (series_id) REFERENCES series
);
COMMENT ON TABLE event IS 'catalog: A concert, talk, match … that takes place once.';
CREATE INDEX event_by_series ON event (series_id, starts_at) WHERE series_id IS NOT NULL;

CREATE TABLE ticket_type (
    event_id  text NOT NULL REFERENCES event,
    id        text NOT NULL,                           -- general, vip, half …
    name      text NOT NULL,
    position  integer NOT NULL DEFAULT 0,
    PRIMARY KEY (event_id, id)
);
COMMENT ON TABLE ticket_type IS 'catalog: Kinds of tickets of an event: general, half price …';

-- ── catalog: sales and their pools ──────────────────────────────────────────────────────────────────────────────────

CREATE TABLE sale (
    id              text PRIMARY KEY,                  -- says nothing: what a sale is says its kind
    organizer_id    text NOT NULL REFERENCES organizer,
    kind            text NOT NULL,                     -- an event on sale, a window of a promo, or a rehearsal; never changes
    event_id        text REFERENCES event,             -- null for a promo, which sells a product
    venue_id        text,
    layout_version  integer,
    currency        char(3) NOT NULL,
    seats           integer NOT NULL DEFAULT 0 CHECK (seats >= 0),
    person_max      integer NOT NULL CHECK (person_max > 0),
    cart_ms         integer NOT NULL CHECK (cart_ms > 0),
    prices          jsonb NOT NULL,                    -- {section or pool id: {ticket type id: minor units}}: the first price list
    room            jsonb,                             -- null: no waiting room; else {"shoppers_max","claim_ms","per_second_max"}
    visibility      text NOT NULL DEFAULT 'public' CHECK (visibility IN ('hidden', 'public', 'public_from')),
    public_at       timestamptz,
    lobby_at        timestamptz,
    opens_at        timestamptz NOT NULL,
    closes_at       timestamptz NOT NULL,
    opened_at       timestamptz,                       -- when it really opened: by schedule or by hand
    closed_at       timestamptz,                       -- closed early by hand
    paused          boolean NOT NULL DEFAULT false,
    steered         integer NOT NULL DEFAULT 0,        -- how often its times or switches changed: Redis follows the latest only
    draw_secret     bytea NOT NULL,                    -- shown after opening only
    draw_commit     text NOT NULL,                     -- SHA-256 of draw_secret, shown from publication
    entry           text NOT NULL DEFAULT 'open' CHECK (entry IN ('open', 'challenge', 'contact', 'account', 'code', 'segment')),
    entry_codes     text[] NOT NULL DEFAULT '{}',      -- keyed hashes of the codes that open it
    created_at      timestamptz NOT NULL DEFAULT now(),
    rehearsal_of    text REFERENCES sale,              -- null: a real sale; else the sale whose crowd is rehearsed here
    rehearsal_until timestamptz,                       -- when a rehearsal that nobody prolongs is removed
    questions       jsonb NOT NULL DEFAULT '[]',       -- what its buyers are asked, in this order
    event_revision  integer NOT NULL DEFAULT 0,        -- how often its event has changed: open pages are told
    zones           jsonb,                             -- of the first price list: {zone id: {"name", "runs": [[first seat, seats]]}}; null: none
    type_rules      jsonb NOT NULL DEFAULT '{}',       -- {ticket type id: {"per_person","from_ms","until_ms","proof","may_pay_more","hidden"}}
    phases          jsonb NOT NULL DEFAULT '[]',       -- in order: [{"id","name","from_ms","until_ms","entry","entry_codes","entry_segment","person_max","types","places","allocations"}]
    products        jsonb NOT NULL DEFAULT '{}',       -- sold beside tickets: {pool id: {"price","per_person"}}
    days            jsonb NOT NULL DEFAULT '[]',       -- to which its tickets may admit: [{"id","name","starts_ms","revision"}] by start
    admits          jsonb NOT NULL DEFAULT '{}',       -- {section or pool id: [day id]}; what is not named admits to the event
    entry_segment   text,                              -- the segment whose people may enter. No foreign key: phases name theirs without one
    unlocks         jsonb NOT NULL DEFAULT '[]',       -- codes that show more of it: [{"id","codes","types","allocations"}], the codes as keyed hashes
    dues            jsonb NOT NULL DEFAULT '{}',       -- of the first price list: {"taxes", "tax_of", "tax", "fees"}; {}: none
    tax_identity    boolean NOT NULL DEFAULT false,    -- whether its buyers may have receipts made out to a company
    CONSTRAINT sale_kind_is_known CHECK (kind IN ('event', 'promo', 'rehearsal')),
    CONSTRAINT sale_rehearsal_has_an_original CHECK ((kind = 'rehearsal') = (rehearsal_of IS NOT NULL)),
    CONSTRAINT sale_promo_has_no_event CHECK (kind <> 'promo' OR event_id IS NULL),
    CONSTRAINT sale_has_one_kind UNIQUE (id, kind),    -- what rows that carry the kind refer to
    CONSTRAINT sale_rehearsal_has_an_end CHECK ((rehearsal_of IS NULL) = (rehearsal_until IS NULL)),
    -- A sale that asks for a code has one, and no other has codes that nobody asks for.
    CONSTRAINT sale_codes_go_with_the_rule CHECK ((entry = 'code') = (cardinality(entry_codes) > 0)),
    -- A release before segments changes the rule and leaves the segment.
    CONSTRAINT sale_for_a_segment_names_it CHECK (entry <> 'segment' OR entry_segment IS NOT NULL),
    CONSTRAINT sale_window CHECK (opens_at < closes_at),
    CONSTRAINT sale_lobby_before_opening CHECK (lobby_at IS NULL OR lobby_at <= opens_at),
    CONSTRAINT sale_public_from_has_a_date CHECK (visibility <> 'public_from' OR public_at IS NOT NULL),
    FOREIGN KEY (venue_id, layout_version) REFERENCES layout
);
COMMENT ON TABLE sale IS 'catalog: One on-sale: a window in which a finite stock is sold; the sharding unit.';
-- Counted here rather than by whoever writes, so that no writer can forget it.
CREATE FUNCTION sale_counts_steering() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.steered := OLD.steered + 1;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION sale_counts_steering IS 'catalog: Counts changes of a sale''s times and switches.';
CREATE TRIGGER sale_counts_steering
    BEFORE UPDATE OF lobby_at, opens_at, closes_at, opened_at, closed_at, paused ON sale FOR EACH ROW
    WHEN ((OLD.lobby_at, OLD.opens_at, OLD.closes_at, OLD.opened_at, OLD.closed_at, OLD.paused) IS DISTINCT FROM
          (NEW.lobby_at, NEW.opens_at, NEW.closes_at, NEW.opened_at, NEW.closed_at, NEW.paused))
    EXECUTE FUNCTION sale_counts_steering();
CREATE INDEX sale_by_event ON sale (event_id);
CREATE INDEX sale_by_closing ON sale (closes_at);
-- What the worker looks for.
CREATE INDEX sale_rehearsals ON sale (rehearsal_until) WHERE rehearsal_until IS NOT NULL;
CREATE VIEW sale_terms AS
SELECT id, organizer_id, kind, currency, person_max, closes_at, type_rules, phases, products, unlocks,
       coalesce((SELECT e.status = 'cancelled' FROM event e WHERE e.id = sale.event_id), false) AS cancelled
FROM sale;
COMMENT ON VIEW sale_terms IS 'catalog: What a sale is, for those who sell in it.';
CREATE VIEW sale_place AS SELECT s.id, v.country FROM sale s JOIN venue v ON v.id = s.venue_id;
COMMENT ON VIEW sale_place IS 'catalog: In which country a sale has its venue, for those who are paid for it.';
CREATE VIEW sale_steering AS
SELECT id, kind, lobby_at, opens_at, closes_at, opened_at, closed_at, paused, steered, room, draw_secret, xmin AS written_by,
       event_revision
FROM sale;
COMMENT ON VIEW sale_steering IS 'catalog: When sales open and close, as set and as switched by hand, and who wrote that last.';
-- An event whose end nobody wrote down is over three hours after its start, or that of its last day, as in the list of sales. When the product of a
-- promo has to be fetched nobody wrote down either: it is over a day after its window. An event without a date is not over.
CREATE VIEW sale_moment AS
SELECT s.id, coalesce(e.starts_at, s.opens_at) AS starts_at,
       CASE WHEN e.status = 'postponed' THEN 'infinity'
            ELSE coalesce(e.ends_at, greatest(e.starts_at, to_timestamp((s.days -> -1 ->> 'starts_ms')::bigint / 1000.0)) + interval '3 hours',
                          s.closes_at + interval '1 day') END AS over_at
FROM sale s LEFT JOIN event e ON e.id = s.event_id;
COMMENT ON VIEW sale_moment IS 'catalog: When what a sale sells takes place, and when it is over.';

-- A unit of a pool also takes one unit of every pool it draws on: "early bird" draws on "floor". The number of a ticket type
-- is a pool, too, type:half, of which no units are sold by themselves.
CREATE TABLE pool (
    sale_id   text NOT NULL REFERENCES sale,
    id        text NOT NULL,
    name      text NOT NULL,
    position  integer NOT NULL DEFAULT 0,
    capacity  integer NOT NULL CHECK (capacity >= 0),
    draws_on  text[] NOT NULL DEFAULT '{}',
    sold      integer NOT NULL DEFAULT 0,              -- units in live orders, its own and those that draw on it
    withheld  integer NOT NULL DEFAULT 0,              -- units of allocations, counted likewise
    PRIMARY KEY (sale_id, id),
    CONSTRAINT pool_is_never_oversold CHECK (sold >= 0 AND withheld >= 0 AND sold + withheld <= capacity)
);
COMMENT ON TABLE pool IS 'catalog: A counted stock of a sale.';
CREATE VIEW pool_stock AS SELECT sale_id, id, capacity - withheld AS capacity, draws_on, sold FROM pool;
COMMENT ON VIEW pool_stock IS 'catalog: How much of a pool may be sold, and how much of it is.';
-- What was sold is counted by whoever sells; that it fits is up to the constraint.
CREATE FUNCTION pool_count_sold(of_sale text, pools text[], units integer[]) RETURNS void LANGUAGE sql AS $$
    UPDATE pool SET sold = sold + t.units FROM unnest($2, $3) AS t (id, units)
    WHERE pool.sale_id = $1 AND pool.id = t.id
$$;
COMMENT ON FUNCTION pool_count_sold IS 'catalog: Counts units of pools as sold, or as given back where they are negative.';

CREATE TABLE allocation (
    sale_id      text NOT NULL REFERENCES sale ON DELETE CASCADE,
    id           text NOT NULL,
    name         text NOT NULL,
    purpose      text NOT NULL,
    seats        integer[] NOT NULL DEFAULT '{}',      -- withheld still
    units        jsonb NOT NULL DEFAULT '{}',          -- {pool: units}, withheld still
    release_at   timestamptz,                          -- null: by hand
    made_at      timestamptz NOT NULL DEFAULT now(),
    released_at  timestamptz,
    staff        boolean NOT NULL DEFAULT false,       -- members may draw on it for orders that they make
    open         boolean NOT NULL DEFAULT false,       -- buyers may draw on it whom a code or a phase lets; it stays so until it is released
    PRIMARY KEY (sale_id, id),
    CONSTRAINT allocation_purpose_is_known CHECK (purpose IN ('artist', 'sponsor', 'press', 'house', 'accessibility', 'group', 'other')),
    CONSTRAINT allocation_released_withholds_nothing CHECK (released_at IS NULL OR (seats = '{}' AND units = '{}'))
);
COMMENT ON TABLE allocation IS 'catalog: Seats and units that are withheld, what for, and until when.';
CREATE VIEW open_allocation AS SELECT sale_id, id, seats FROM allocation WHERE open AND released_at IS NULL;
COMMENT ON VIEW open_allocation IS 'catalog: Seats that are withheld for buyers whom a code or a phase lets have them.';
CREATE INDEX allocation_to_release ON allocation (release_at) WHERE released_at IS NULL AND release_at IS NOT NULL;

-- What takes from what is free is asked of Redis first, which refuses what is held or sold. What gives more is done here
-- first, so that nothing is sold in Redis that this database would refuse.
CREATE TABLE stock_change (
    sale_id     text NOT NULL REFERENCES sale ON DELETE CASCADE,
    number      integer NOT NULL,
    state       text NOT NULL CHECK (state IN ('asked', 'done', 'kept')), -- kept: Redis did nothing, since something is missing
    takes       boolean NOT NULL,                      -- from what is free; else it becomes free
    allocation  jsonb,                                 -- that is made by it or gets more, is released, or drawn on for an order; null: a pool gets another capacity
    seats       integer[] NOT NULL DEFAULT '{}',
    units       jsonb NOT NULL DEFAULT '{}',           -- {pool: units}
    missing     jsonb,                                 -- what was held or sold, when it is kept
    asked_by    text NOT NULL,
    asked_at    timestamptz NOT NULL DEFAULT now(),
    told_at     timestamptz,                           -- Redis has followed
    PRIMARY KEY (sale_id, number),
    CONSTRAINT stock_change_asks_before_it_takes CHECK (takes OR state = 'done'),
    CONSTRAINT stock_change_asked_is_not_told CHECK (state <> 'asked' OR told_at IS NULL)
);
COMMENT ON TABLE stock_change IS 'catalog: Changes of what a sale has to sell, in the order in which Redis follows them.';
CREATE UNIQUE INDEX stock_change_is_asked_one_at_a_time ON stock_change (sale_id) WHERE state = 'asked';
CREATE INDEX stock_change_untold ON stock_change (asked_at) WHERE told_at IS NULL;

-- Prices never change in place. A cart pays by the newest list that was valid when it was opened, and keeps it until it ends.
CREATE TABLE price_list (
    sale_id        text NOT NULL REFERENCES sale ON DELETE CASCADE,
    number         integer NOT NULL CHECK (number > 1), -- the first list is the sale's own prices
    valid_from_ms  bigint NOT NULL CHECK (valid_from_ms > 0), -- by the clock of Redis, which opens carts
    prices         jsonb NOT NULL,                     -- of every place, as those of the sale
    made_at        timestamptz NOT NULL DEFAULT now(),
    made_by        text NOT NULL,                      -- id of an account or key, name of an operator
    zones          jsonb,                              -- as those of the sale, painted anew
    dues           jsonb NOT NULL DEFAULT '{}',        -- as those of the sale
    PRIMARY KEY (sale_id, number),
    CONSTRAINT price_list_begins_once UNIQUE (sale_id, valid_from_ms)
);
COMMENT ON TABLE price_list IS 'catalog: Prices of a sale that follow those it began with.';
CREATE VIEW sale_prices AS
SELECT id AS sale_id, 1 AS number, 0::bigint AS valid_from_ms, prices, dues FROM sale
UNION ALL
SELECT sale_id, number, valid_from_ms, prices, dues FROM price_list;
COMMENT ON VIEW sale_prices IS 'catalog: Every price list of a sale, the first one included.';

-- ── onsale: what running sales leave in Postgres ────────────────────────────────────────────────────────────────────

CREATE TABLE sale_run (
    sale_id      text PRIMARY KEY REFERENCES sale ON DELETE CASCADE,
    epoch        text NOT NULL DEFAULT '',             -- generation of the Redis state; '' before the first
    checkpoint   jsonb NOT NULL DEFAULT '{}',          -- room counters, for a rebuild: {"tail","serving","lobby","digest","gap"}
    draw_places  integer,                              -- N of the draw, once it was held
    draw_digest  text,                                 -- digest of the roster at the draw
    leaving_at   timestamptz,                          -- over, and its keys are being removed
    away_at      timestamptz,                          -- Redis has forgotten it, until somebody asks
    key_layout   text NOT NULL DEFAULT 'a1',           -- under which names Redis has its keys
    CONSTRAINT sale_run_leaves_before_it_is_away CHECK (away_at IS NULL OR leaving_at IS NOT NULL)
);
COMMENT ON TABLE sale_run IS 'onsale: What Postgres must know of a running sale, for a rebuild of its Redis state.';
-- Sales that Redis knows: few, however many there were.
CREATE INDEX sale_run_not_away ON sale_run (sale_id) WHERE away_at IS NULL;
CREATE FUNCTION sale_gets_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sale_run (sale_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION sale_gets_run IS 'onsale: A sale has its run from the first.';
CREATE TRIGGER sale_gets_run AFTER INSERT ON sale FOR EACH ROW EXECUTE FUNCTION sale_gets_run();

-- ── links: by which buyers come ──────────────────────────────────────────────────────────────────────────────────────

-- Never deleted: orders say by which their buyers came.
CREATE TABLE tracked_link (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    name          text NOT NULL,                       -- as addresses of pages say it: ?from=name
    label         text NOT NULL,
    sale_id       text REFERENCES sale,                -- whose page it leads to; null: any of its organizer's
    visits        bigint NOT NULL DEFAULT 0 CHECK (visits >= 0),
    made_at       timestamptz NOT NULL DEFAULT now(),
    archived_at   timestamptz,                         -- since then nobody comes by it; who came before did
    CONSTRAINT link_name_is_used_once UNIQUE (organizer_id, name),
    CONSTRAINT link_name_is_a_word CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,31}$')
);
COMMENT ON TABLE tracked_link IS 'links: Named links by which buyers come.';
CREATE VIEW named_link AS SELECT id, organizer_id, name FROM tracked_link;
COMMENT ON VIEW named_link IS 'links: What each link is called, for those who keep its id.';

-- ── coupons: by which prices are less ───────────────────────────────────────────────────────────────────────────────

-- Every limit is a constraint, whoever counts.
CREATE TABLE coupon (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    sale_id       text REFERENCES sale,                -- whose alone it is; null: all of its organizer's
    key           text NOT NULL,                       -- as it was written: never another of the same sale
    name          text NOT NULL,                       -- as buyers and receipts read it
    rule          jsonb NOT NULL,                      -- what it does, and on what conditions
    revision      integer NOT NULL DEFAULT 1,
    automatic     boolean NOT NULL,                    -- counts without a code
    uses_max      integer CHECK (uses_max > 0),
    tickets_max   integer CHECK (tickets_max > 0),
    money_max     bigint CHECK (money_max > 0),
    uses          integer NOT NULL DEFAULT 0 CHECK (uses >= 0),
    tickets       integer NOT NULL DEFAULT 0 CHECK (tickets >= 0),
    money         bigint NOT NULL DEFAULT 0 CHECK (money >= 0),
    made_at       timestamptz NOT NULL DEFAULT now(),
    ended_at      timestamptz,                         -- it counts no more, and may be written anew
    CONSTRAINT coupon_is_used_no_more_often CHECK (uses <= uses_max),
    CONSTRAINT coupon_is_of_no_more_tickets CHECK (tickets <= tickets_max),
    CONSTRAINT coupon_gives_no_more_away CHECK (money <= money_max)
);
COMMENT ON TABLE coupon IS 'coupons: Rules by which prices are less, and how much of each is used.';
CREATE VIEW coupon_terms AS
SELECT id, organizer_id, sale_id, name, (rule ->> 'person_max')::integer AS person_max, uses, tickets, money FROM coupon;
COMMENT ON VIEW coupon_terms IS 'coupons: What a coupon is called, and how much of it is used, for those who use it.';
CREATE UNIQUE INDEX coupon_has_its_own_key ON coupon (organizer_id, sale_id, key) NULLS NOT DISTINCT
    WHERE ended_at IS NULL;

CREATE TABLE coupon_batch (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    coupon_id     text NOT NULL REFERENCES coupon,
    partner       text NOT NULL,                       -- whom they were made for
    codes         integer NOT NULL CHECK (codes > 0),
    made_at       timestamptz NOT NULL DEFAULT now(),
    revoked_at    timestamptz
);
COMMENT ON TABLE coupon_batch IS 'coupons: Codes of a coupon that were made at once, each for one use, and for whom.';
CREATE INDEX coupon_batch_by_coupon ON coupon_batch (coupon_id);

CREATE TABLE coupon_code (
    organizer_id  text NOT NULL,
    sale_id       text,                                -- that of its coupon
    code          text NOT NULL CHECK (code ~ '^[A-Z0-9]{3,32}$'),
    coupon_id     text NOT NULL REFERENCES coupon,
    batch_id      text REFERENCES coupon_batch,
    uses_max      integer CHECK (uses_max > 0),        -- 1 for those of a batch
    uses          integer NOT NULL DEFAULT 0 CHECK (uses >= 0),
    revoked_at    timestamptz,
    PRIMARY KEY (coupon_id, code),
    CONSTRAINT code_is_used_no_more_often CHECK (uses <= uses_max)
);
COMMENT ON TABLE coupon_code IS 'coupons: The codes that buyers type.';
CREATE UNIQUE INDEX code_means_one_coupon ON coupon_code (organizer_id, code, sale_id) NULLS NOT DISTINCT
    WHERE revoked_at IS NULL;
CREATE INDEX coupon_code_by_code ON coupon_code (organizer_id, code);
CREATE INDEX coupon_code_by_batch ON coupon_code (batch_id) WHERE batch_id IS NOT NULL;
CREATE VIEW coupon_code_used AS
SELECT k.coupon_id, k.code, k.batch_id, b.partner, k.uses FROM coupon_code k LEFT JOIN coupon_batch b ON b.id = k.batch_id;
COMMENT ON VIEW coupon_code_used IS 'coupons: How often each code is used, for those who use it.';

CREATE TABLE coupon_person (
    coupon_id  text NOT NULL REFERENCES coupon,
    person     text NOT NULL,                          -- "buyer …", "account …" or "contact …" with the mark of an address
    uses       integer NOT NULL CHECK (uses >= 0),
    uses_max   integer NOT NULL,                       -- as it was at the last use
    PRIMARY KEY (coupon_id, person),
    CONSTRAINT person_uses_it_no_more_often CHECK (uses <= uses_max)
);
COMMENT ON TABLE coupon_person IS 'coupons: How often somebody used a coupon that counts persons.';
CREATE INDEX coupon_person_by_person ON coupon_person (person);
CREATE VIEW coupon_person_used AS SELECT coupon_id, person, uses FROM coupon_person;
COMMENT ON VIEW coupon_person_used IS 'coupons: How often somebody used a coupon, for those who use it.';

-- ── credit: money owed to people ───────────────────────────────────────────────────────────────────────────────────────

-- A balance that a constraint keeps, and an entry for each change of it.
CREATE TABLE credit (
    id             text PRIMARY KEY,
    organizer_id   text NOT NULL REFERENCES organizer,
    kind           text NOT NULL CHECK (kind IN ('credit', 'voucher')),
    currency       text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    owner          text,                               -- "account …" or "contact …" with the mark of an address; null: of a voucher, or erased
    code_mark      text,                               -- what is kept of a voucher's code
    code_end       text NOT NULL DEFAULT '',           -- its last characters, by which people tell vouchers apart
    batch          text,                               -- of vouchers that were issued at once
    balance        bigint NOT NULL DEFAULT 0,          -- what its entries add up to, counted by a trigger
    expires_at     timestamptz,                        -- null: never
    grace_until    timestamptz,                        -- what came back to it after that may be spent until then
    sales          text[] NOT NULL DEFAULT '{}',       -- in which it may be spent; {}: in all
    sum_min        bigint NOT NULL DEFAULT 0 CHECK (sum_min >= 0), -- what an order must cost at least
    why            text NOT NULL,
    issued_by      text NOT NULL,
    issued_at      timestamptz NOT NULL DEFAULT now(),
    revoked_at     timestamptz,                        -- nothing of it is spent any more
    request        text NOT NULL,                      -- of whoever gave it: asked once more it is the same
    held           boolean NOT NULL DEFAULT false,     -- it stands for lines that are being moved: it can't be revoked
    CONSTRAINT credit_is_never_overspent CHECK (balance >= 0),
    CONSTRAINT voucher_has_a_code CHECK ((kind = 'voucher') = (code_mark IS NOT NULL)),
    CONSTRAINT voucher_has_no_owner CHECK (kind = 'credit' OR owner IS NULL),
    CONSTRAINT credit_is_given_once UNIQUE (organizer_id, request),
    CONSTRAINT code_is_of_one_voucher UNIQUE (code_mark)
);
COMMENT ON TABLE credit IS 'credit: Money that an organizer owes somebody, or whoever has a code, and what is left of it.';
CREATE INDEX credit_by_owner ON credit (owner) WHERE owner IS NOT NULL;
CREATE INDEX credit_by_issue ON credit (organizer_id, issued_at DESC, id);
CREATE INDEX credit_by_end ON credit ((greatest(expires_at, grace_until))) WHERE balance > 0;

-- Every change of a balance, never changed itself. What comes from or goes to an order is in the ledger with that order;
-- what comes from elsewhere names the account that it balances with.
CREATE TABLE credit_entry (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    credit_id  text NOT NULL REFERENCES credit,
    kind       text NOT NULL CHECK (kind IN ('issue', 'bonus', 'spend', 'return', 'expire', 'revoke')),
    amount     bigint NOT NULL,                        -- what its owner has more, or less where it is negative
    account    text,                                   -- with which it balances; null: an order's movement says so
    sale_id    text,
    order_id   text,
    by         text NOT NULL DEFAULT '',               -- who did it; '': it came about by itself
    at         timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT entry_account_is_known CHECK (
        account IN ('credit_given', 'credit_bonus', 'credit_expired', 'credit_revoked', 'moved')
    ),
    CONSTRAINT entry_gives_or_takes CHECK (amount <> 0 AND (amount > 0) = (kind IN ('issue', 'bonus', 'return'))),
    CONSTRAINT entry_is_balanced CHECK (account IS NOT NULL AND kind NOT IN ('spend', 'return') OR account IS NULL AND order_id IS NOT NULL),
    CONSTRAINT entry_of_an_order_names_its_sale CHECK ((order_id IS NULL) = (sale_id IS NULL))
);
COMMENT ON TABLE credit_entry IS 'credit: Every change of a balance: given, spent, come back, expired, revoked.';
CREATE INDEX credit_entry_by_credit ON credit_entry (credit_id, id);

-- The last guard, whoever writes: a balance is what its entries add up to, and nothing is spent too late, by a neighbour,
-- in another currency or in play. Rows are locked in the order of their ids.
CREATE FUNCTION credit_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM credit WHERE id IN (SELECT credit_id FROM entries) ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM entries e JOIN credit c ON c.id = e.credit_id
        WHERE e.kind = 'spend'
            AND (c.revoked_at IS NOT NULL OR greatest(c.expires_at, c.grace_until) <= clock_timestamp())
    ) THEN
        RAISE check_violation USING MESSAGE = 'credit has expired, or was revoked', CONSTRAINT = 'credit_is_spent_in_time';
    END IF;
    IF EXISTS (
        SELECT FROM entries e JOIN credit c ON c.id = e.credit_id LEFT JOIN sale_terms s ON s.id = e.sale_id
        WHERE e.kind = 'spend' AND (
            s.organizer_id IS DISTINCT FROM c.organizer_id OR s.currency <> c.currency OR s.kind = 'rehearsal'
            OR c.sales <> '{}' AND e.sale_id <> ALL (c.sales)
        )
    ) THEN
        RAISE check_violation USING MESSAGE = 'credit is not for this sale', CONSTRAINT = 'credit_is_spent_where_it_counts';
    END IF;
    UPDATE credit SET balance = balance + n.amount, grace_until = CASE
        WHEN n.came_back AND grace_until IS NULL AND expires_at <= clock_timestamp() THEN clock_timestamp() + interval '7 days'
        ELSE grace_until END
    FROM (
        SELECT credit_id, sum(amount)::bigint AS amount, bool_or(kind = 'return') AS came_back
        FROM entries GROUP BY credit_id
    ) AS n
    WHERE id = n.credit_id;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION credit_counts IS 'credit: Counts what was written of credit, and refuses what may not be spent.';
CREATE TRIGGER credit_counts AFTER INSERT ON credit_entry REFERENCING NEW TABLE AS entries
    FOR EACH STATEMENT EXECUTE FUNCTION credit_counts();
CREATE VIEW credit_standing WITH (security_invoker = true) AS
SELECT c.organizer_id, c.currency, c.kind, sum(c.balance)::bigint AS owed, coalesce(sum(e.moved), 0)::bigint AS moved
FROM credit c CROSS JOIN LATERAL (
    SELECT sum(amount) AS moved FROM credit_entry e WHERE e.credit_id = c.id AND e.account IS NOT NULL
) AS e GROUP BY c.organizer_id, c.currency, c.kind;
COMMENT ON VIEW credit_standing IS 'credit: What organizers owe as credit, and what of it came from or went elsewhere than orders.';
CREATE VIEW credit_of_order WITH (security_invoker = true) AS
SELECT credit_id, sale_id, order_id, -sum(amount)::bigint AS spent FROM credit_entry
WHERE kind IN ('spend', 'return') GROUP BY credit_id, sale_id, order_id;
COMMENT ON VIEW credit_of_order IS 'credit: What of a credit an order has spent, less what came back.';
CREATE VIEW credit_movement WITH (security_invoker = true) AS
SELECT e.id, c.organizer_id, c.currency, e.at, e.kind, ARRAY[e.account, c.kind] AS accounts, ARRAY[e.amount, -e.amount] AS amounts,
    e.credit_id
FROM credit_entry e JOIN credit c ON c.id = e.credit_id WHERE e.account IS NOT NULL;
COMMENT ON VIEW credit_movement IS 'credit: Movements of credit that no order has: by account, adding up to nothing.';

-- ── payments: providers ─────────────────────────────────────────────────────────────────────────────────────────────────

-- The sandbox provider's own ledger: it stands for a system outside Aforo, and is read only through its port.
CREATE TABLE sandbox_charge (
    order_id      text PRIMARY KEY,                    -- the idempotency key
    amount        bigint NOT NULL,
    currency      char(3) NOT NULL,
    outcome       text NOT NULL CHECK (outcome IN ('awaiting', 'captured', 'declined', 'refunded')),
    decline       text,
    visible_at    timestamptz NOT NULL DEFAULT now(),  -- before this instant a lookup answers "unknown"
    created_at    timestamptz NOT NULL DEFAULT now(),
    until         timestamptz,                         -- of money that comes later: before this instant it is awaited
    sale_id       text,                                -- null where it was given up before it was ever asked for
    method        text,                                -- of such money
    captured_at   timestamptz                          -- of such money that came; else it was captured as it was visible
);
COMMENT ON TABLE sandbox_charge IS 'payments: The sandbox payment provider''s own ledger.';
CREATE INDEX sandbox_charge_by_sale ON sandbox_charge (sale_id, order_id) WHERE sale_id IS NOT NULL;

-- All of a charge, or some of it, several times; a charge of which all went back says so itself.
CREATE TABLE sandbox_refund (
    order_id    text NOT NULL REFERENCES sandbox_charge ON DELETE CASCADE,
    id          text NOT NULL,                         -- the idempotency key
    amount      bigint NOT NULL CHECK (amount > 0),
    created_at  timestamptz NOT NULL DEFAULT now(),
    failed_at   timestamptz,                           -- it came back: the buyer's bank did not take it
    PRIMARY KEY (order_id, id)
);
COMMENT ON TABLE sandbox_refund IS 'payments: What the sandbox payment provider gave back.';

CREATE VIEW sandbox_standing WITH (security_invoker = true) AS
SELECT c.order_id, c.outcome, c.amount, c.visible_at, (
    SELECT coalesce(sum(r.amount), 0)::bigint FROM sandbox_refund r WHERE r.order_id = c.order_id AND r.failed_at IS NULL
) AS given_back FROM sandbox_charge c;
COMMENT ON VIEW sandbox_standing IS 'payments: What the sandbox payment provider says of each charge.';

-- A buyer's bank wants the money of a charge back.
CREATE TABLE sandbox_dispute (
    id         text PRIMARY KEY,
    order_id   text NOT NULL REFERENCES sandbox_charge ON DELETE CASCADE,
    amount     bigint NOT NULL CHECK (amount > 0),
    reason     text NOT NULL,
    state      text NOT NULL CHECK (state IN ('open', 'won', 'lost')),
    opened_at  timestamptz NOT NULL DEFAULT now(),
    due_at     timestamptz NOT NULL,                   -- by when it is to be answered
    ended_at   timestamptz
);
COMMENT ON TABLE sandbox_dispute IS 'payments: What buyers dispute at the sandbox payment provider.';
CREATE UNIQUE INDEX sandbox_dispute_is_open_alone ON sandbox_dispute (order_id) WHERE state <> 'won';

CREATE TABLE sandbox_payout (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL,
    amount        bigint NOT NULL CHECK (amount > 0),
    currency      text NOT NULL,
    at            timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE sandbox_payout IS 'payments: What the sandbox payment provider paid out to organizers.';
CREATE INDEX sandbox_payout_by_organizer ON sandbox_payout (organizer_id, id);

-- Its fee is 1.5 % of what is charged, and again of what is disputed, which it keeps whatever becomes of it.
CREATE VIEW sandbox_book WITH (security_invoker = true) AS
SELECT c.sale_id, 'charge' AS kind, 'ch_' || c.order_id AS id, c.order_id, '' AS about, c.amount,
       (c.amount * 15 + 500) / 1000 AS fee, c.currency, coalesce(c.captured_at, c.visible_at) AS at
FROM sandbox_charge c WHERE c.outcome IN ('captured', 'refunded') AND c.amount > 0
UNION ALL
SELECT c.sale_id, 'refund', 're_' || r.order_id || ':' || r.id, r.order_id, r.id, -r.amount, 0, c.currency, r.created_at
FROM sandbox_refund r JOIN sandbox_charge c USING (order_id)
UNION ALL
SELECT c.sale_id, 'refund_failed', 'rf_' || r.order_id || ':' || r.id, r.order_id, r.id, r.amount, 0, c.currency, r.failed_at
FROM sandbox_refund r JOIN sandbox_charge c USING (order_id) WHERE r.failed_at IS NOT NULL
UNION ALL
-- Of a release that gave back all or nothing, and kept no ids.
SELECT c.sale_id, 'refund', 're_' || c.order_id || ':' || c.order_id || ':all', c.order_id, c.order_id || ':all', -c.amount, 0,
       c.currency, c.created_at
FROM sandbox_charge c
WHERE c.outcome = 'refunded' AND NOT EXISTS (SELECT FROM sandbox_refund r WHERE r.order_id = c.order_id)
UNION ALL
SELECT c.sale_id, 'dispute', d.id || ':opened', d.order_id, d.id, -d.amount, (d.amount * 15 + 500) / 1000, c.currency, d.opened_at
FROM sandbox_dispute d JOIN sandbox_charge c USING (order_id)
UNION ALL
SELECT c.sale_id, 'dispute_won', d.id || ':won', d.order_id, d.id, d.amount, 0, c.currency, d.ended_at
FROM sandbox_dispute d JOIN sandbox_charge c USING (order_id) WHERE d.state = 'won';
COMMENT ON VIEW sandbox_book IS 'payments: What moved in the accounts that the sandbox keeps for organizers, but for payouts.';

CREATE TABLE payment_account (
    id               text PRIMARY KEY,
    organizer_id     text NOT NULL REFERENCES organizer,
    provider         text NOT NULL,
    name             text NOT NULL,
    publishable_key  text NOT NULL,                      -- for the pages of buyers
    secret_key       text NOT NULL,                      -- sealed by a key of the keyring
    webhook_secrets  text[] NOT NULL DEFAULT '{}',         -- sealed; two while one takes the other's place
    live             boolean NOT NULL,                   -- by its key: real money
    active           boolean NOT NULL DEFAULT false,
    version          integer NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL DEFAULT now(),
    offers           text[] NOT NULL DEFAULT '{}',         -- methods beside cards, as it said when it was last asked
    currencies       text[] NOT NULL DEFAULT '{}',         -- of sales that are paid into it; none: of all
    countries        text[] NOT NULL DEFAULT '{}',         -- of their venues, ISO 3166
    amount_from      bigint CHECK (amount_from >= 0),      -- of its one currency
    amount_up_to     bigint,
    by_hand          jsonb,                              -- what buyers are told who send the money by themselves
    CONSTRAINT account_has_a_provider CHECK (provider IN ('stripe', 'hand')),
    CONSTRAINT by_hand_is_told CHECK ((provider = 'hand') = (by_hand IS NOT NULL)),
    CONSTRAINT sums_have_a_currency CHECK (coalesce(amount_from, amount_up_to) IS NULL OR cardinality(currencies) = 1),
    CONSTRAINT sums_are_a_range CHECK (amount_from <= amount_up_to)
);
COMMENT ON TABLE payment_account IS 'payments: Accounts of organizers at payment providers, which their sales are paid into.';
CREATE INDEX payment_account_by_organizer ON payment_account (organizer_id, id);
-- Of those that are switched on no two of a kind are for the same.
CREATE UNIQUE INDEX payment_account_serves_alone_of_its_kind
    ON payment_account (organizer_id, provider, currencies, countries, amount_from, amount_up_to) NULLS NOT DISTINCT
    WHERE active;

-- One intent at most stands for an order, the first that is written; it alone is ever confirmed.
CREATE TABLE stripe_charge (
    account      text NOT NULL,                        -- at Stripe, which has the money
    order_id     text NOT NULL,
    intent       text,                                 -- null: it was given up before there was any
    amount       bigint NOT NULL,
    currency     text NOT NULL,
    decline      text,
    asked_until  timestamptz,                          -- so long may the buyer answer the bank's question
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account, order_id)
);
COMMENT ON TABLE stripe_charge IS 'payments: Which PaymentIntent of Stripe stands for an order.';

CREATE TABLE hand_charge (
    order_id   text PRIMARY KEY,                       -- the idempotency key
    account    text NOT NULL,
    amount     bigint NOT NULL,                        -- asked for; once it is captured, what came
    currency   text NOT NULL,
    outcome    text NOT NULL CHECK (outcome IN ('awaiting', 'captured', 'declined')),
    until      timestamptz,                            -- before this instant it is awaited; null: it was given up unasked
    step       jsonb,                                  -- what its buyer was told to do
    asked_at   timestamptz NOT NULL DEFAULT now(),
    came_on    date,                                   -- as the member said who saw the money
    note       text NOT NULL DEFAULT '',
    said_kind  text,
    said_by    text,
    said_at    timestamptz,
    CONSTRAINT somebody_saw_the_money CHECK (
        (outcome = 'captured') = (said_at IS NOT NULL AND said_by IS NOT NULL AND came_on IS NOT NULL)),
    CONSTRAINT awaited_by_hand_until CHECK (outcome <> 'awaiting' OR (until IS NOT NULL AND step IS NOT NULL))
);
COMMENT ON TABLE hand_charge IS 'payments: Money that buyers send by themselves, and who saw that it came.';

CREATE TABLE hand_refund (
    order_id   text NOT NULL REFERENCES hand_charge,
    id         text NOT NULL,                          -- the idempotency key
    amount     bigint NOT NULL CHECK (amount > 0),
    asked_at   timestamptz NOT NULL DEFAULT now(),
    sent_at    timestamptz,                            -- null: a member has to send it
    sent_kind  text,
    sent_by    text,
    PRIMARY KEY (order_id, id),
    CONSTRAINT somebody_sent_it CHECK ((sent_at IS NULL) = (sent_by IS NULL))
);
COMMENT ON TABLE hand_refund IS 'payments: What members have to send back to buyers, or have sent.';

CREATE VIEW hand_standing WITH (security_invoker = true) AS
SELECT c.order_id, c.outcome, c.amount, (
    SELECT coalesce(sum(r.amount), 0)::bigint FROM hand_refund r WHERE r.order_id = c.order_id
) AS asked_back, (
    SELECT coalesce(sum(r.amount), 0)::bigint FROM hand_refund r WHERE r.order_id = c.order_id AND r.sent_at IS NOT NULL
) AS given_back FROM hand_charge c;
COMMENT ON VIEW hand_standing IS 'payments: How each charge by hand stands.';

-- ── orders: carts, orders, payments, tickets ────────────────────────────────────────────────────────────────────────

-- The durable side of a cart: who, when, how it ended and with what in it, and what the buyer typed. What it holds lives in
-- Redis while it is live.
CREATE TABLE cart (
    sale_id      text NOT NULL REFERENCES sale,
    id           text NOT NULL,
    buyer_id     text NOT NULL,
    opened_at    timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz,
    end_reason   text CHECK (end_reason IN ('bought', 'reserved', 'expired', 'left', 'gone', 'closed', 'lost')),
    contact      jsonb NOT NULL DEFAULT '{}',          -- of releases from before the vault, until it is moved there
    key_hash     text,                                 -- the key the buyer chose to open the order with: sealed, or its argon2id
    types        jsonb NOT NULL DEFAULT '{}',          -- {"seat:12": "half", "pool:floor": {"general": 2}}
    held         jsonb,                                -- at its end: [{"seat","type","price"} or {"pool","units","type","price"}]
    total        bigint,                               -- what that costs
    reached      text,                                 -- how far its buyer came
    coupon       text,                                 -- the code its buyer typed, until it is taken out
    person_id    text,                                 -- who was typed as contact, in the vault
    unlocked     text[] NOT NULL DEFAULT '{}',         -- ids of what it was shown by codes
    credits      text[],                               -- ids of credit that its buyer wants to pay with
    PRIMARY KEY (sale_id, id),
    CONSTRAINT cart_total_is_of_what_it_held CHECK ((held IS NULL) = (total IS NULL) AND total >= 0),
    CONSTRAINT cart_reached_is_known CHECK (reached IN ('entered', 'held', 'contact', 'payment', 'bought'))
);
COMMENT ON TABLE cart IS 'orders: The durable side of a buyer''s shopping session.';
-- What is still to be moved into the vault.
CREATE INDEX cart_contact_plain ON cart (sale_id, id) WHERE contact <> '{}';
CREATE INDEX cart_key_sealed ON cart (opened_at) WHERE key_hash LIKE 'sealed:%';
-- Buyer first: while statistics are young, an index that begins like the primary key would be taken for it.
CREATE INDEX cart_by_buyer ON cart (buyer_id, sale_id);
CREATE TRIGGER cart_changes_person AFTER UPDATE OF person_id ON cart FOR EACH ROW
    WHEN (OLD.person_id IS NOT NULL AND OLD.person_id IS DISTINCT FROM NEW.person_id) EXECUTE FUNCTION vault_lets_go();
CREATE TRIGGER cart_leaves_person AFTER DELETE ON cart FOR EACH ROW
    WHEN (OLD.person_id IS NOT NULL) EXECUTE FUNCTION vault_lets_go();

-- paying → paid | failed | void; paying → awaiting → paid | failed. void is the finisher's tombstone: the order id can never
-- be placed after it.
-- paid → refunding → refunded, once nothing of it is left; refunding → refunded besides, for money that came too late.
CREATE TABLE orders (
    sale_id       text NOT NULL REFERENCES sale,
    id            text NOT NULL,
    cart_id       text NOT NULL,
    buyer_id      text NOT NULL,
    state         text NOT NULL CHECK (state IN ('paying', 'awaiting', 'paid', 'failed', 'void', 'refunding', 'refunded')),
    total         bigint NOT NULL CHECK (total >= 0),
    currency      char(3) NOT NULL,
    contact       jsonb NOT NULL DEFAULT '{}',         -- as in its cart
    key_hash      text,                                -- as in its cart, until a worker hashes what is sealed
    code          text NOT NULL,                       -- purchase code, told to the buyer
    placed_at     timestamptz NOT NULL DEFAULT now(),
    paid_at       timestamptz,
    settled_at    timestamptz,                         -- Redis has been told how it ended, or that it is awaited
    failure       text,                                -- decline code, when failed
    cart_until    timestamptz,                         -- deadline of its cart: a declined card leaves what it held until then
    terms_version integer,                             -- of its organizer's terms, accepted as it was placed; null: there were none
    person_id     text,                                -- who bought, in the vault
    locale        text,                                -- the language its buyer is written to in; null when nobody knew
    key_changes   integer NOT NULL DEFAULT 0,          -- how often its key was chosen anew: what was made for another opens nothing
    price_list    integer,                             -- the number of that by which its lines were priced; null: the first, of releases that knew no other
    channel       text NOT NULL DEFAULT 'online',      -- by which it was sold
    issuer        text,                                -- who made it for its buyer: id of an account or key, name of an operator; null: the buyer
    tender        text NOT NULL DEFAULT 'card',        -- in what it is paid
    phase         text,                                -- of the sale, in which its cart was opened; null: there are none, or a member sold it
    allocation    text,                                -- of which it has its seats and units; null: they were for sale
    reason        text,                                -- why it costs nothing, where a member gave it away
    revision      smallint NOT NULL DEFAULT 0,         -- how often something of it was given back
    given_back    bigint NOT NULL DEFAULT 0,           -- of its total, all refunds together
    credit        bigint NOT NULL DEFAULT 0,           -- what of the total credit pays; the rest is asked for
    PRIMARY KEY (sale_id, id),
    CONSTRAINT order_gives_back_no_more_than_was_paid CHECK (given_back >= 0 AND given_back <= total),
    CONSTRAINT order_credit_is_of_its_total CHECK (credit >= 0 AND credit <= total),
    CONSTRAINT order_channel_is_known CHECK (channel IN ('online', 'office', 'complimentary', 'group')),
    CONSTRAINT order_tender_is_known CHECK (tender IN ('card', 'cash', 'transfer', 'invoice', 'none')),
    CONSTRAINT order_has_an_issuer_unless_online CHECK ((channel = 'online') = (issuer IS NULL))
);
COMMENT ON TABLE orders IS 'orders: What was bought; Postgres is the golden source.';
CREATE UNIQUE INDEX order_code_is_unique ON orders (code);
-- What the finisher looks at, and whose keys are to be hashed: small however many orders there are.
CREATE INDEX order_key_sealed ON orders (placed_at, id) WHERE key_hash LIKE 'sealed:%';
CREATE INDEX order_contact_plain ON orders (sale_id, id) WHERE contact <> '{}';
CREATE INDEX order_unsettled ON orders (placed_at) WHERE settled_at IS NULL;
-- Buyer first: while statistics are young, an index that begins like the primary key would be taken for it.
CREATE INDEX order_by_buyer ON orders (buyer_id, sale_id);
-- Pages of a sale's orders. Its condition always holds, and only that list asks for it: else this would be taken for the
-- primary key, as above.
CREATE INDEX order_by_placing ON orders (sale_id, placed_at, id) WHERE total >= 0;
-- Pages of those that were sold by another channel: nothing is added for those of buyers.
CREATE INDEX order_by_channel ON orders (sale_id, channel, placed_at, id) WHERE channel <> 'online';
-- Those of which something was given back, which a rebuild has to know.
CREATE INDEX order_revised ON orders (sale_id, id) WHERE revision > 0;
-- Which orders were paid lately: a few bytes per megabyte of orders.
CREATE INDEX order_by_payment ON orders USING brin (paid_at);
CREATE VIEW paid_order AS SELECT sale_id, id, buyer_id, total, paid_at FROM orders WHERE state = 'paid';
COMMENT ON VIEW paid_order IS 'orders: Orders that are paid, and not refunded since.';
CREATE VIEW order_of_person AS
SELECT sale_id, id, buyer_id, person_id, state, total, currency, paid_at FROM orders WHERE person_id IS NOT NULL;
COMMENT ON VIEW order_of_person IS 'orders: Orders by who bought, in the vault.';
CREATE TRIGGER order_changes_person AFTER UPDATE OF person_id ON orders FOR EACH ROW
    WHEN (OLD.person_id IS NOT NULL AND OLD.person_id IS DISTINCT FROM NEW.person_id) EXECUTE FUNCTION vault_lets_go();
CREATE TRIGGER order_leaves_person AFTER DELETE ON orders FOR EACH ROW
    WHEN (OLD.person_id IS NOT NULL) EXECUTE FUNCTION vault_lets_go();

CREATE TABLE order_line (
    sale_id      text NOT NULL,
    order_id     text NOT NULL,
    line         integer NOT NULL,
    seat         integer,                              -- a seat, or …
    pool_id      text,                                 -- … one unit of a pool
    ticket_type  text NOT NULL,
    price        bigint NOT NULL CHECK (price >= 0),
    live         boolean NOT NULL DEFAULT true,        -- false once the order failed or was refunded
    full_price   bigint,                               -- its list's price, where it is not what is left: less is paid, or nothing
    tax          bigint,                               -- in the price, or added to it; null: none
    owed         bigint,                               -- the price with a tax that is added; null: the price
    PRIMARY KEY (sale_id, order_id, line),
    CONSTRAINT order_line_is_seat_or_unit CHECK ((seat IS NULL) <> (pool_id IS NULL))
);
COMMENT ON TABLE order_line IS 'orders: One seat or one unit of an order.';
-- The last guard: one live order line per seat, whatever Redis and every process believe.
CREATE UNIQUE INDEX seat_is_sold_once ON order_line (sale_id, seat) WHERE live AND seat IS NOT NULL;

CREATE TABLE order_fee (
    sale_id   text NOT NULL,
    order_id  text NOT NULL,
    fee       text NOT NULL,                           -- its id in the price list
    name      text NOT NULL,
    position  integer NOT NULL,
    price     bigint NOT NULL CHECK (price > 0),       -- before a tax that is added
    tax       bigint NOT NULL CHECK (tax >= 0),        -- in the price, or added to it
    owed      bigint NOT NULL CHECK (owed >= price),
    by_line   bigint[] NOT NULL DEFAULT '{}',          -- the price for each line; {}: once for the order
    PRIMARY KEY (sale_id, order_id, fee),
    CONSTRAINT fee_has_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders
);
COMMENT ON TABLE order_fee IS 'orders: What is asked for an order besides its lines.';

CREATE TABLE order_coupon (
    sale_id    text NOT NULL,
    order_id   text NOT NULL,
    coupon_id  text NOT NULL REFERENCES coupon,
    name       text NOT NULL,
    code       text,                                   -- that was typed; null: it counts without
    person     text,                                   -- by whom it is counted, where persons make a difference
    tickets    integer NOT NULL CHECK (tickets > 0),   -- lines that it took something off
    discount   bigint NOT NULL CHECK (discount > 0),
    live       boolean NOT NULL DEFAULT true,          -- false: given back
    PRIMARY KEY (sale_id, order_id, coupon_id),
    CONSTRAINT coupon_has_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders
);
COMMENT ON TABLE order_coupon IS 'orders: What coupons took off an order.';
CREATE INDEX order_coupon_by_coupon ON order_coupon (coupon_id);
CREATE INDEX order_coupon_by_person ON order_coupon (person) WHERE person IS NOT NULL;

CREATE TABLE order_credit (
    sale_id    text NOT NULL,
    order_id   text NOT NULL,
    credit_id  text NOT NULL REFERENCES credit,
    kind       text NOT NULL CHECK (kind IN ('credit', 'voucher')), -- its account in the ledger
    code_end   text NOT NULL,
    amount     bigint NOT NULL CHECK (amount > 0),
    live       boolean NOT NULL DEFAULT true,          -- false: given back
    PRIMARY KEY (sale_id, order_id, credit_id),
    CONSTRAINT credit_has_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders
);
COMMENT ON TABLE order_credit IS 'orders: What of an order credit and vouchers pay.';
CREATE INDEX order_credit_by_credit ON order_credit (credit_id);

-- Under a person without a name, so that whoever types their name later, or another one, leaves them as they are.
CREATE TABLE cart_answers (
    sale_id    text NOT NULL,
    cart_id    text NOT NULL,
    person_id  text NOT NULL,                          -- under whose key they are sealed, in the vault
    answers    bytea NOT NULL,
    tax_identity bytea,                                -- whom its receipt is made out to; null: to the buyer
    PRIMARY KEY (sale_id, cart_id),
    CONSTRAINT cart_answers_have_a_cart FOREIGN KEY (sale_id, cart_id) REFERENCES cart ON DELETE CASCADE
);
COMMENT ON TABLE cart_answers IS 'orders: What the buyer of a cart answered, sealed.';
CREATE TRIGGER cart_answers_change_person AFTER UPDATE OF person_id ON cart_answers FOR EACH ROW
    WHEN (OLD.person_id IS DISTINCT FROM NEW.person_id) EXECUTE FUNCTION vault_lets_go();
CREATE TRIGGER cart_answers_leave_person AFTER DELETE ON cart_answers FOR EACH ROW EXECUTE FUNCTION vault_lets_go();

CREATE TABLE order_answers (
    sale_id    text NOT NULL,
    order_id   text NOT NULL,
    person_id  text NOT NULL,                          -- who bought, in the vault: under their key they are sealed
    answers    bytea NOT NULL,
    PRIMARY KEY (sale_id, order_id),
    CONSTRAINT order_answers_have_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders ON DELETE CASCADE
);
COMMENT ON TABLE order_answers IS 'orders: What was answered with an order, sealed.';
CREATE TRIGGER order_answers_leave_person AFTER DELETE ON order_answers FOR EACH ROW EXECUTE FUNCTION vault_lets_go();

CREATE TABLE order_tax_identity (
    sale_id    text NOT NULL,
    order_id   text NOT NULL,
    person_id  text,                                   -- who bought, in the vault: under their key it is sealed …
    identity   bytea,                                  -- … and both are null once they were erased
    PRIMARY KEY (sale_id, order_id),
    CONSTRAINT tax_identity_is_of_a_person CHECK ((person_id IS NULL) = (identity IS NULL)),
    CONSTRAINT tax_identity_has_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders ON DELETE CASCADE
);
COMMENT ON TABLE order_tax_identity IS 'orders: Whom the receipt of an order is made out to, sealed.';
CREATE TRIGGER tax_identity_changes_person AFTER UPDATE OF person_id ON order_tax_identity FOR EACH ROW
    WHEN (OLD.person_id IS NOT NULL AND OLD.person_id IS DISTINCT FROM NEW.person_id) EXECUTE FUNCTION vault_lets_go();
CREATE TRIGGER tax_identity_leaves_person AFTER DELETE ON order_tax_identity FOR EACH ROW
    WHEN (OLD.person_id IS NOT NULL) EXECUTE FUNCTION vault_lets_go();

-- Of those who came by a link alone: carts and orders without one have no row.
CREATE TABLE cart_source (
    sale_id     text NOT NULL,
    cart_id     text NOT NULL,
    first_link  text NOT NULL REFERENCES tracked_link, -- by which its buyer came first, as long as their browser keeps it
    last_link   text NOT NULL REFERENCES tracked_link, -- and last, before they filled anything in
    PRIMARY KEY (sale_id, cart_id),
    CONSTRAINT source_has_a_cart FOREIGN KEY (sale_id, cart_id) REFERENCES cart ON DELETE CASCADE
);
COMMENT ON TABLE cart_source IS 'orders: By which links the buyer of a cart came first and last.';
CREATE INDEX cart_source_by_first ON cart_source (first_link);
CREATE INDEX cart_source_by_last ON cart_source (last_link);

CREATE TABLE order_source (
    sale_id     text NOT NULL,
    order_id    text NOT NULL,
    first_link  text NOT NULL REFERENCES tracked_link, -- by which its buyer came first, as long as their browser keeps it
    last_link   text NOT NULL REFERENCES tracked_link, -- and last, before it was placed
    PRIMARY KEY (sale_id, order_id),
    CONSTRAINT source_has_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders
);
COMMENT ON TABLE order_source IS 'orders: By which links the buyer of an order came first and last.';
CREATE INDEX order_source_by_first ON order_source (first_link);
CREATE INDEX order_source_by_last ON order_source (last_link);

CREATE TABLE payment (
    sale_id      text NOT NULL,
    order_id     text NOT NULL,
    sale_kind    text NOT NULL,                        -- its sale's, so that the guard below can see it
    provider     text NOT NULL,
    reference    text NOT NULL DEFAULT '',             -- the provider's own id
    state        text NOT NULL CHECK (state IN ('asked', 'captured', 'declined', 'refund_due', 'refunded')),
    amount       bigint NOT NULL,
    card_last4   text NOT NULL DEFAULT '',
    asked_at     timestamptz NOT NULL DEFAULT now(),
    answered_at  timestamptz,
    disputed     boolean NOT NULL DEFAULT false,       -- its buyer's bank wants the money back, or has it
    PRIMARY KEY (sale_id, order_id),                   -- an order is paid once
    CONSTRAINT payment_has_order FOREIGN KEY (sale_id, order_id) REFERENCES orders,
    -- A key and a check rather than a trigger: it holds whoever writes, and is one more look at a row that every order of
    -- the same transaction looks at anyway.
    CONSTRAINT payment_has_kind_of_sale FOREIGN KEY (sale_id, sale_kind) REFERENCES sale (id, kind),
    CONSTRAINT payment_of_a_rehearsal_is_play CHECK (provider = 'sandbox' OR sale_kind <> 'rehearsal')
);
COMMENT ON TABLE payment IS 'orders: What was asked of the payment provider for an order.';
-- Orders are found by the card that a buyer holds out.
CREATE INDEX payment_by_card ON payment (card_last4, asked_at) WHERE card_last4 <> '';

-- Of orders that are, or were, paid by a delayed method; others have no row.
CREATE TABLE order_awaiting (
    sale_id    text NOT NULL,
    order_id   text NOT NULL,
    until      timestamptz NOT NULL,                   -- its seats are its own as long as the money may come: told to the buyer
    step       jsonb NOT NULL,                         -- what the buyer has to do, as the provider said it
    look_at    timestamptz,                            -- when the provider is asked next; null once it is paid or came to nothing
    PRIMARY KEY (sale_id, order_id),
    CONSTRAINT awaiting_has_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders ON DELETE CASCADE
);
COMMENT ON TABLE order_awaiting IS 'orders: Until when the money of an order is awaited, and what its buyer was told to do.';
CREATE INDEX order_awaiting_by_look ON order_awaiting (look_at) WHERE look_at IS NOT NULL;

-- Money that moved, written in the transaction that makes it true, and never changed. Nothing is summed up here.
CREATE FUNCTION ledger_balances(amounts bigint[]) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN (SELECT sum(each) FROM unnest(amounts) AS each) = 0;
COMMENT ON FUNCTION ledger_balances IS 'orders: Whether the entries of a movement add up to nothing.';
CREATE TABLE ledger_movement (
    sale_id   text NOT NULL,
    order_id  text NOT NULL,
    nth       smallint NOT NULL,                       -- of the order's movements
    kind      text NOT NULL,
    currency  text NOT NULL,
    accounts  text[] NOT NULL,                    -- clearing; refund_due; credit; voucher; revenue:<ticket type or product>; discount; fee; tax
    amounts   bigint[] NOT NULL,                  -- what came to each account, or went from it where it is negative
    at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sale_id, order_id, nth),
    CONSTRAINT movement_has_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders,
    CONSTRAINT movement_kind_is_known CHECK (kind IN ('capture', 'refund', 'payback', 'return')),
    CONSTRAINT movement_has_an_amount_for_each_account CHECK (cardinality(accounts) = cardinality(amounts)),
    CONSTRAINT movement_balances CHECK (ledger_balances(amounts))
);
COMMENT ON TABLE ledger_movement IS 'orders: The ledger: money that moved, entries that add up to nothing.';
-- What each movement brought, by its accounts, of which it has each once at most: captured = prices - discount + fees + taxes,
-- and credit of what was captured was paid before. What is refunded is given up as that is decided; that it is paid back later
-- brings nothing and takes nothing.
CREATE VIEW order_takings WITH (security_invoker = true) AS
SELECT sale_id, order_id, nth, currency, at, captured, captured + discount - fees - taxes AS prices, discount, fees, taxes, credit
FROM (
    SELECT sale_id, order_id, nth, currency, at,
        coalesce(amounts[array_position(accounts, 'clearing')], 0)
            + coalesce(amounts[array_position(accounts, 'refund_due')], 0)
            + coalesce(amounts[array_position(accounts, 'credit')], 0)
            + coalesce(amounts[array_position(accounts, 'voucher')], 0)
            + coalesce(amounts[array_position(accounts, 'moved')], 0) AS captured,
        coalesce(amounts[array_position(accounts, 'discount')], 0) AS discount,
        -coalesce(amounts[array_position(accounts, 'fee')], 0) AS fees,
        -coalesce(amounts[array_position(accounts, 'tax')], 0) AS taxes,
        coalesce(amounts[array_position(accounts, 'credit')], 0) + coalesce(amounts[array_position(accounts, 'voucher')], 0)
            + coalesce(amounts[array_position(accounts, 'moved')], 0) AS credit
    FROM ledger_movement
) AS movement;
COMMENT ON VIEW order_takings IS 'orders: Money of orders by movement: what came in, at which prices without tax, less what discount, and of it fees and taxes.';
CREATE TABLE refund (
    sale_id      text NOT NULL,
    order_id     text NOT NULL,
    nth          smallint NOT NULL CHECK (nth > 0),    -- of the order: its revision from then on
    request      text NOT NULL,                        -- the id of whoever asked for it
    amount       bigint NOT NULL CHECK (amount >= 0),
    way          text NOT NULL,                        -- how it goes back
    ended        integer[] NOT NULL,                   -- lines of the order that are nobody's any more
    fees         boolean NOT NULL,                     -- whether what was asked besides these lines goes back with them
    reason       text NOT NULL DEFAULT '',
    asked_kind   text NOT NULL,                        -- what asked: an account, a key, an operator, …
    asked_by     text NOT NULL,                        -- … and which
    state        text NOT NULL,
    failure      text,                                 -- why the provider does not give it back
    movement     smallint,                             -- of the order, in the ledger; null: no money moves
    asked_at     timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz,
    returned     bigint NOT NULL DEFAULT 0,            -- of the amount: credit that the order had spent; the rest goes back in its way
    bonus        bigint NOT NULL DEFAULT 0,            -- on top of what is given as credit
    came_back    smallint NOT NULL DEFAULT 0,          -- how often the money came back after it had gone
    moved        bigint NOT NULL DEFAULT 0,            -- of the amount: what went to another order, as a move
    PRIMARY KEY (sale_id, order_id, nth),
    CONSTRAINT refund_is_of_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders,
    CONSTRAINT refund_is_asked_for_once UNIQUE (sale_id, order_id, request),
    CONSTRAINT refund_goes_one_of_these_ways CHECK (way IN ('provider', 'by_hand', 'credit', 'voucher', 'move')),
    CONSTRAINT refund_moves_some_of_it CHECK (moved >= 0 AND moved + returned <= amount),
    CONSTRAINT refund_returns_some_of_it CHECK (returned >= 0 AND returned <= amount),
    CONSTRAINT refund_state_is_known CHECK (state IN ('due', 'done', 'failed')),
    CONSTRAINT refund_ends_unless_due CHECK ((state = 'due') = (ended_at IS NULL)),
    CONSTRAINT refund_fails_for_a_reason CHECK ((state = 'failed') = (failure IS NOT NULL))
);
COMMENT ON TABLE refund IS 'orders: What of an order was given back, by revision.';
CREATE INDEX refund_due ON refund (asked_at) WHERE state <> 'done';

-- Never changed: what is left of a line or a fee is what it was, less all of these.
CREATE TABLE refund_part (
    sale_id      text NOT NULL,
    order_id     text NOT NULL,
    nth          smallint NOT NULL,
    position     smallint NOT NULL,
    line         integer,                              -- of the order, or …
    fee          text,                                 -- … a fee: that of the line, or of the whole order
    owed         bigint NOT NULL CHECK (owed > 0),
    tax          bigint NOT NULL CHECK (tax >= 0),     -- of what was owed
    PRIMARY KEY (sale_id, order_id, nth, position),
    CONSTRAINT part_is_of_a_refund FOREIGN KEY (sale_id, order_id, nth) REFERENCES refund,
    CONSTRAINT part_is_of_a_line_or_fee CHECK (line IS NOT NULL OR fee IS NOT NULL)
);
COMMENT ON TABLE refund_part IS 'orders: Which lines and fees of an order a refund gives back, and how much of each.';

CREATE TABLE own_refund_rule (
    organizer_id  text PRIMARY KEY REFERENCES organizer,
    hours         smallint NOT NULL CHECK (hours >= 0), -- before an event, until which buyers may give tickets back
    fees          boolean NOT NULL,                    -- whether what was asked besides goes back with them
    give_as       text NOT NULL CHECK (give_as IN ('origin', 'credit', 'voucher'))
);
COMMENT ON TABLE own_refund_rule IS 'orders: Until when, and how, buyers give tickets back by themselves; none where they do not.';

CREATE TABLE refund_credit (
    sale_id    text NOT NULL,
    order_id   text NOT NULL,
    nth        smallint NOT NULL,
    credit_id  text NOT NULL REFERENCES credit,
    kind       text NOT NULL CHECK (kind IN ('credit', 'voucher')),
    amount     bigint NOT NULL CHECK (amount > 0),
    granted    boolean NOT NULL,                       -- anew, bonus not counted; else it is what the order had spent of it
    moved      bigint NOT NULL DEFAULT 0,              -- of the amount: it paid for another order, and did not come back
    PRIMARY KEY (sale_id, order_id, nth, credit_id),
    CONSTRAINT credit_is_of_a_refund FOREIGN KEY (sale_id, order_id, nth) REFERENCES refund,
    CONSTRAINT credit_that_moved_was_spent CHECK (moved >= 0 AND moved <= amount AND (moved = 0 OR NOT granted))
);
COMMENT ON TABLE refund_credit IS 'orders: What refunds gave back as credit, and of which.';
CREATE INDEX refund_credit_by_credit ON refund_credit (credit_id);

CREATE TABLE order_move (
    id             text PRIMARY KEY,
    organizer_id   text NOT NULL REFERENCES organizer,
    sale_id        text NOT NULL,                      -- whose lines they are
    order_id       text NOT NULL,
    request        text NOT NULL,                      -- the id of whoever asked for it
    lines          integer[] NOT NULL,                 -- that end once it is done
    fees           boolean NOT NULL,                   -- whether what was asked besides these lines goes along
    amount         bigint NOT NULL CHECK (amount >= 0),-- what they count for
    currency       text NOT NULL,
    reason         text NOT NULL DEFAULT '',
    rest           text NOT NULL,                      -- how what the new order does not spend goes back
    credit_id      text REFERENCES credit,             -- the voucher; null: they cost nothing
    to_sale        text NOT NULL,                      -- where the new order comes from a cart …
    to_buyer       text NOT NULL,                      -- … of this buyer
    to_cart        text NOT NULL,
    state          text NOT NULL DEFAULT 'open',
    look_at        timestamptz NOT NULL,               -- when to see whether that cart is still there
    asked_kind     text NOT NULL,                      -- what asked: an account, a key, a buyer, …
    asked_by       text NOT NULL,                      -- … and which
    begun_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at       timestamptz,
    to_order       text,                               -- that spent the voucher
    refund         smallint,                           -- of the order that they were of
    CONSTRAINT move_is_of_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders,
    CONSTRAINT move_is_asked_for_once UNIQUE (sale_id, order_id, request),
    CONSTRAINT move_has_a_voucher_for_money CHECK ((amount > 0) = (credit_id IS NOT NULL)),
    CONSTRAINT move_rest_goes_a_known_way CHECK (rest IN ('back', 'credit', 'voucher')),
    CONSTRAINT move_state_is_known CHECK (state IN ('open', 'done', 'undone')),
    CONSTRAINT move_ends_unless_open CHECK ((state = 'open') = (ended_at IS NULL)),
    CONSTRAINT move_that_is_done_has_both CHECK ((state = 'done') = (to_order IS NOT NULL AND refund IS NOT NULL)),
    CONSTRAINT move_is_done_by_its_refund FOREIGN KEY (sale_id, order_id, refund) REFERENCES refund
);
COMMENT ON TABLE order_move IS 'orders: Lines of orders that go, or went, to another purchase.';
CREATE UNIQUE INDEX one_open_move_per_order ON order_move (sale_id, order_id) WHERE state = 'open';
CREATE UNIQUE INDEX one_open_move_per_cart ON order_move (to_sale, to_cart) WHERE state = 'open';
CREATE INDEX order_move_by_credit ON order_move (credit_id);

-- They spend its voucher, or there is nothing that it could pay. One that failed, or that was paid too late and gets nothing
-- but its money back, stands for no move.
CREATE VIEW order_of_move WITH (security_invoker = true) AS
SELECT m.id AS move, o.id, o.state NOT IN ('paying', 'awaiting') AS paid, coalesce(c.amount, 0) AS spent, o.placed_at
FROM order_move m JOIN orders o ON o.buyer_id = m.to_buyer AND o.sale_id = m.to_sale AND o.cart_id = m.to_cart
LEFT JOIN order_credit c ON c.sale_id = o.sale_id AND c.order_id = o.id AND c.credit_id = m.credit_id
WHERE o.placed_at >= m.begun_at
    AND (o.state IN ('paying', 'awaiting', 'paid') OR o.state IN ('refunding', 'refunded') AND o.revision > 0)
    AND (c.credit_id IS NOT NULL OR o.total = 0 OR m.credit_id IS NULL);
COMMENT ON VIEW order_of_move IS 'orders: Orders of the cart of a move that stand for it: being paid, or bought.';

CREATE TABLE cancellation (
    id             text PRIMARY KEY,
    organizer_id   text NOT NULL REFERENCES organizer,
    event_id       text NOT NULL,
    sales          text[] NOT NULL,                    -- of the event: all of them, or some dates
    places         text[] NOT NULL DEFAULT '{}',       -- sections and pools; {}: all of them
    fees           boolean NOT NULL,                   -- whether what was asked besides goes back with it
    reason         text NOT NULL DEFAULT '',
    state          text NOT NULL DEFAULT 'running',
    asked_kind     text NOT NULL,                      -- what asked for it: an account, a key, an operator …
    asked_by       text NOT NULL,                      -- … and which
    asked_at       timestamptz NOT NULL DEFAULT now(),
    ended_at       timestamptz,
    choices        text[] NOT NULL DEFAULT '{}',       -- of buyers; {}: nobody is asked
    otherwise      text NOT NULL DEFAULT 'origin',     -- what is done for whoever does not choose
    choose_until   timestamptz,
    bonus_percent  smallint NOT NULL DEFAULT 0,        -- on top of credit and vouchers
    credit_expires_at timestamptz,                     -- of credit and vouchers
    CONSTRAINT cancellation_asks_until_a_date CHECK ((choices = '{}') = (choose_until IS NULL)),
    CONSTRAINT cancellation_gives_something CHECK (otherwise IN ('keep', 'origin', 'credit', 'voucher')),
    CONSTRAINT cancellation_state_is_known CHECK (state IN ('running', 'paused', 'done')),
    CONSTRAINT cancellation_ends_once_done CHECK ((state = 'done') = (ended_at IS NOT NULL))
);
COMMENT ON TABLE cancellation IS 'orders: Giving back all that an event sold, or some of it.';
CREATE INDEX cancellation_running ON cancellation (asked_at) WHERE state = 'running';
CREATE INDEX cancellation_by_event ON cancellation (organizer_id, event_id);

CREATE TABLE cancellation_order (
    cancellation_id  text NOT NULL REFERENCES cancellation,
    sale_id          text NOT NULL,
    order_id         text NOT NULL,
    state            text NOT NULL DEFAULT 'waiting',
    refund           smallint,                         -- of the order; null: nothing of it was to be given back
    failure          text,                             -- why it was refused
    choice           text,                             -- of its buyer
    chosen_at        timestamptz,
    PRIMARY KEY (cancellation_id, sale_id, order_id),
    CONSTRAINT cancelled_order_is_there FOREIGN KEY (sale_id, order_id) REFERENCES orders,
    CONSTRAINT cancelled_order_state_is_one_of_these CHECK (state IN ('asked', 'kept', 'waiting', 'done', 'refused')),
    CONSTRAINT cancelled_order_choice_is_known CHECK (choice IN ('keep', 'origin', 'credit', 'voucher')),
    CONSTRAINT cancelled_order_is_refused_for_a_reason CHECK ((state = 'refused') = (failure IS NOT NULL))
);
COMMENT ON TABLE cancellation_order IS 'orders: Orders that a cancellation gives back, and which it has.';
CREATE INDEX cancellation_asks ON cancellation_order (sale_id, order_id);
CREATE INDEX cancellation_waits ON cancellation_order (cancellation_id, sale_id, order_id) WHERE state = 'waiting';

CREATE VIEW order_code AS SELECT sale_id, id, code FROM orders;
COMMENT ON VIEW order_code IS 'orders: What opens each order, for those who list what belongs to it.';
-- What these orders of a sale captured: what their buyers paid, from what it came, and of it what is tax. What was given
-- away moves nothing. Once for each order; one whose lines don't add up is left to `aforo verify`, since its money came.
CREATE FUNCTION ledger_capture(of_sale text, of_orders text[]) RETURNS void LANGUAGE sql
SET plan_cache_mode = force_generic_plan AS $$
    INSERT INTO ledger_movement (sale_id, order_id, nth, kind, currency, accounts, amounts)
    SELECT moved.sale_id, moved.id, 0, 'capture', moved.currency, moved.accounts, moved.amounts FROM (
        SELECT o.sale_id, o.id, o.currency,
            CASE WHEN o.total <> o.credit THEN ARRAY['clearing'] END
                || CASE WHEN o.credit > 0 THEN (
                    SELECT array_agg(DISTINCT c.kind ORDER BY c.kind) FROM order_credit c
                    WHERE c.sale_id = o.sale_id AND c.order_id = o.id
                ) END || lines.accounts
                || CASE WHEN lines.discount <> 0 THEN ARRAY['discount'] END
                || CASE WHEN fees.fee <> 0 THEN ARRAY['fee'] END
                || CASE WHEN lines.tax + fees.tax <> 0 THEN ARRAY['tax'] END AS accounts,
            CASE WHEN o.total <> o.credit THEN ARRAY[o.total - o.credit] END
                || CASE WHEN o.credit > 0 THEN (
                    SELECT array_agg(k.amount ORDER BY k.kind) FROM (
                        SELECT c.kind, sum(c.amount)::bigint AS amount FROM order_credit c
                        WHERE c.sale_id = o.sale_id AND c.order_id = o.id GROUP BY c.kind
                    ) AS k
                ) END || lines.amounts
                || CASE WHEN lines.discount <> 0 THEN ARRAY[lines.discount] END
                || CASE WHEN fees.fee <> 0 THEN ARRAY[-fees.fee] END
                || CASE WHEN lines.tax + fees.tax <> 0 THEN ARRAY[-lines.tax - fees.tax] END AS amounts
        FROM orders o CROSS JOIN LATERAL (
            SELECT array_agg('revenue:' || t.ticket_type) FILTER (WHERE t.revenue <> 0) AS accounts,
                array_agg(-t.revenue) FILTER (WHERE t.revenue <> 0) AS amounts,
                coalesce(sum(t.discount), 0)::bigint AS discount, coalesce(sum(t.tax), 0)::bigint AS tax
            FROM (
                SELECT l.ticket_type, coalesce(sum(l.full_price - l.price), 0) AS discount, coalesce(sum(l.tax), 0) AS tax,
                    sum(
                        coalesce(l.full_price, l.price) - CASE WHEN l.owed IS NULL THEN coalesce(l.tax, 0) ELSE 0 END
                    )::bigint AS revenue
                FROM order_line l WHERE l.sale_id = o.sale_id AND l.order_id = o.id GROUP BY l.ticket_type
            ) AS t
        ) AS lines CROSS JOIN LATERAL (
            SELECT coalesce(sum(f.owed - f.tax), 0)::bigint AS fee, coalesce(sum(f.tax), 0)::bigint AS tax
            FROM order_fee f WHERE f.sale_id = o.sale_id AND f.order_id = o.id
        ) AS fees
        WHERE o.sale_id = of_sale AND o.id = ANY (of_orders) AND o.state = 'paid' AND o.channel <> 'complimentary'
    ) AS moved
    WHERE ledger_balances(moved.amounts)
    ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION ledger_capture IS 'orders: Writes what orders that were paid just now captured.';
-- Written here rather than by whoever pays, so that no way of paying, and no older release, can forget it.
CREATE FUNCTION order_captures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger_capture(paid.sale_id, paid.orders) FROM (
        SELECT now.sale_id, array_agg(now.id) AS orders FROM now JOIN before USING (sale_id, id)
        WHERE now.state = 'paid' AND before.state <> 'paid' GROUP BY now.sale_id
    ) AS paid;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION order_captures IS 'orders: An order that becomes paid has its movement.';
CREATE TRIGGER order_captures AFTER UPDATE ON orders REFERENCING OLD TABLE AS before NEW TABLE AS now
    FOR EACH STATEMENT EXECUTE FUNCTION order_captures();

CREATE TABLE ticket (
    sale_id     text NOT NULL,
    order_id    text NOT NULL,
    line        integer NOT NULL,
    id          text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    blocked_at  timestamptz,                           -- it opens nothing while its payment is disputed
    PRIMARY KEY (sale_id, order_id, line),             -- one ticket per order line, however often the order is completed
    CONSTRAINT ticket_has_line FOREIGN KEY (sale_id, order_id, line) REFERENCES order_line
);
COMMENT ON TABLE ticket IS 'orders: What opens the gate; one per order line.';
CREATE UNIQUE INDEX ticket_id_is_unique ON ticket (id);

-- What providers' books are compared with: what each order paid, and where.
CREATE VIEW order_money WITH (security_invoker = true) AS
SELECT p.sale_id, p.order_id, p.provider, p.state, p.amount, o.currency, o.code, o.revision, p.answered_at, p.disputed
FROM payment p JOIN orders o ON o.sale_id = p.sale_id AND o.id = p.order_id;
COMMENT ON VIEW order_money IS 'orders: What orders paid, at which provider, for those who compare.';
CREATE VIEW order_refund WITH (security_invoker = true) AS
SELECT sale_id, order_id, nth, amount - returned - moved AS amount, way, state, ended_at FROM refund;
COMMENT ON VIEW order_refund IS 'orders: What money orders gave back, by refund, for those who compare.';
CREATE VIEW order_clearing WITH (security_invoker = true) AS
SELECT m.sale_id, m.order_id, m.nth, m.kind, m.currency, p.provider,
       coalesce(m.amounts[array_position(m.accounts, 'clearing')], 0) AS clearing
FROM ledger_movement m LEFT JOIN payment p ON p.sale_id = m.sale_id AND p.order_id = m.order_id;
COMMENT ON VIEW order_clearing IS 'orders: What the movements of orders brought to the accounts of providers, or took from there.';
CREATE VIEW ticket_block WITH (security_invoker = true) AS
SELECT t.sale_id, t.order_id, t.line, t.blocked_at, l.live FROM ticket t
JOIN order_line l ON l.sale_id = t.sale_id AND l.order_id = t.order_id AND l.line = t.line;
COMMENT ON VIEW ticket_block IS 'orders: Which tickets open nothing for now, for those who had them blocked.';

-- ── receipts: their numbers, and who issues them ─────────────────────────────────────────────────────────────────────

-- A version never changes, so that a receipt can say which one it was issued with; the highest is in force. One without a
-- tax id is no more than the organizer's name: receipts were issued before anything else was known.
CREATE TABLE legal_identity (
    organizer_id  text NOT NULL REFERENCES organizer,
    version       integer NOT NULL CHECK (version > 0),
    name          text NOT NULL,
    tax_id        text NOT NULL DEFAULT '',
    address       text NOT NULL DEFAULT '',            -- street and number, in as many lines as it takes
    postal_code   text NOT NULL DEFAULT '',
    city          text NOT NULL DEFAULT '',
    country       text NOT NULL DEFAULT '',            -- ISO 3166, two letters
    note          text NOT NULL DEFAULT '',            -- printed on receipts
    prefix        text NOT NULL DEFAULT '',            -- before the year, in the number of a receipt
    zone          text NOT NULL DEFAULT 'UTC',         -- by whose calendar a year ends
    written_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organizer_id, version)
);
COMMENT ON TABLE legal_identity IS 'receipts: Who an organizer is to the law, by version.';

CREATE TABLE receipt_series (
    organizer_id  text NOT NULL REFERENCES organizer,
    year          integer NOT NULL,
    last          integer NOT NULL DEFAULT 0,          -- the highest number that was given
    last_at       timestamptz NOT NULL,                -- when: no later number has an earlier date
    PRIMARY KEY (organizer_id, year)
);
COMMENT ON TABLE receipt_series IS 'receipts: The numbers of an organizer''s year, which begin at 1.';
CREATE TABLE receipt (
    organizer_id  text NOT NULL,
    year          integer NOT NULL,
    number        integer NOT NULL CHECK (number > 0),
    previous      integer GENERATED ALWAYS AS (nullif(number - 1, 0)) STORED,
    sale_id       text NOT NULL,
    order_id      text NOT NULL,
    kind          text NOT NULL DEFAULT 'receipt',     -- a credit note takes back some of what the receipt of its order says
    movement      smallint NOT NULL DEFAULT 0,         -- of the order: what it captured, or what was given back
    identity      integer NOT NULL,                    -- version of the legal identity it was issued with
    issued_at     timestamptz NOT NULL,
    currency      text NOT NULL,
    total         bigint NOT NULL CHECK (total > 0),
    tax           bigint NOT NULL CHECK (tax >= 0),    -- of the total
    PRIMARY KEY (organizer_id, year, number),
    CONSTRAINT receipt_kind_is_known CHECK (kind IN ('receipt', 'credit_note')),
    CONSTRAINT receipt_has_its_series FOREIGN KEY (organizer_id, year) REFERENCES receipt_series,
    CONSTRAINT receipt_leaves_no_gap FOREIGN KEY (organizer_id, year, previous) REFERENCES receipt,
    CONSTRAINT receipt_has_its_movement FOREIGN KEY (sale_id, order_id, movement) REFERENCES ledger_movement,
    CONSTRAINT receipt_has_its_identity FOREIGN KEY (organizer_id, identity) REFERENCES legal_identity
);
COMMENT ON TABLE receipt IS 'receipts: Receipts that were issued, by number. Never changed, and never removed.';
CREATE INDEX receipt_by_date ON receipt (organizer_id, issued_at);
CREATE UNIQUE INDEX movement_has_one_receipt ON receipt (sale_id, order_id, movement);
CREATE UNIQUE INDEX receipt_is_one_per_order ON receipt (sale_id, order_id) WHERE kind = 'receipt';
-- Looked at as a transaction ends, when the receipts are there that it counts.
ALTER TABLE receipt_series ADD CONSTRAINT series_ends_with_a_receipt FOREIGN KEY (organizer_id, year, last)
    REFERENCES receipt DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE receipt_due (
    sale_id       text NOT NULL,
    order_id      text NOT NULL,
    organizer_id  text NOT NULL REFERENCES organizer,
    paid_at       timestamptz NOT NULL,
    queued_at     timestamptz NOT NULL DEFAULT now(),
    not_before    timestamptz NOT NULL DEFAULT now(),  -- put off until then: its movement was missing
    PRIMARY KEY (sale_id, order_id)
);
COMMENT ON TABLE receipt_due IS 'receipts: Paid orders that wait for the number of their receipt.';
CREATE INDEX receipt_due_by_payment ON receipt_due (paid_at, order_id);

CREATE TABLE credit_note_due (
    sale_id       text NOT NULL,
    order_id      text NOT NULL,
    movement      smallint NOT NULL,                   -- of the order: what was given back
    organizer_id  text NOT NULL REFERENCES organizer,
    queued_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sale_id, order_id, movement)
);
COMMENT ON TABLE credit_note_due IS 'receipts: Refunds that wait for the number of their credit note, which follows that of the receipt.';

-- ── reconciliation: what providers' books say, and where ours differ ────────────────────────────────────────────────────

-- Each entry of a provider's books, once, with what it moves in our ledger: the movements of orders are in ledger_movement,
-- these are of what only the provider knows. An entry never changes.
CREATE TABLE provider_entry (
    provider      text NOT NULL,                       -- sandbox, or stripe:<account>
    id            text NOT NULL,                       -- the provider's own
    organizer_id  text NOT NULL REFERENCES organizer,
    kind          text NOT NULL,
    sale_id       text,                                -- as the provider says, …
    order_id      text,                                -- … who is not believed: what it names may not be there
    about         text NOT NULL DEFAULT '',            -- id of the refund or the dispute
    amount        bigint NOT NULL,                     -- what came to the account, or went from it where it is negative
    fee           bigint NOT NULL,                     -- what the provider kept besides
    currency      text NOT NULL,
    at            timestamptz NOT NULL,
    why           text NOT NULL DEFAULT '',            -- it could not be read
    accounts      text[] NOT NULL,                     -- clearing; provider_fee; dispute; dispute_lost; payout; elsewhere
    amounts       bigint[] NOT NULL,                   -- {}: orders have moved it already
    read_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider, id),                        -- it is booked once, however often it is read or told
    CONSTRAINT entry_kind_is_known CHECK (kind IN (
        'charge', 'refund', 'refund_failed', 'dispute', 'dispute_won', 'dispute_lost', 'fee', 'payout', 'payout_failed', 'other',
        'unread')),
    CONSTRAINT entry_has_an_amount_for_each_account CHECK (cardinality(accounts) = cardinality(amounts)),
    CONSTRAINT entry_balances CHECK (cardinality(amounts) = 0 OR ledger_balances(amounts))
);
COMMENT ON TABLE provider_entry IS 'reconciliation: What providers'' books say, and what it moved in the ledger.';
CREATE INDEX provider_entry_by_order ON provider_entry (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX provider_entry_by_organizer ON provider_entry (organizer_id, provider, at, id);
CREATE INDEX provider_entry_about ON provider_entry (provider, about) WHERE about <> '';

CREATE TABLE dispute (
    provider      text NOT NULL,
    id            text NOT NULL,                       -- the provider's own
    organizer_id  text NOT NULL REFERENCES organizer,
    sale_id       text,                                -- of the order; null: the provider names none of ours
    order_id      text,
    amount        bigint NOT NULL,                     -- what is disputed
    currency      text NOT NULL,
    reason        text NOT NULL,                       -- the buyer's bank's
    state         text NOT NULL,
    blocks        boolean NOT NULL,                    -- whether the order's tickets open nothing meanwhile
    opened_at     timestamptz NOT NULL,
    due_at        timestamptz NOT NULL,                -- by when somebody has to have answered it
    answered_at   timestamptz,                         -- a member says that it is answered at the provider
    ended_at      timestamptz,
    PRIMARY KEY (provider, id),
    CONSTRAINT dispute_has_order_and_sale CHECK ((sale_id IS NULL) = (order_id IS NULL)),
    CONSTRAINT dispute_of_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders,
    CONSTRAINT dispute_state_is_known CHECK (state IN ('open', 'won', 'lost')),
    CONSTRAINT dispute_ends_unless_open CHECK ((state = 'open') = (ended_at IS NULL))
);
COMMENT ON TABLE dispute IS 'reconciliation: Payments that buyers dispute at their banks.';
CREATE INDEX dispute_by_organizer ON dispute (organizer_id, opened_at, id);
CREATE INDEX dispute_by_order ON dispute (sale_id, order_id);

CREATE TABLE dispute_policy (
    organizer_id  text PRIMARY KEY REFERENCES organizer,
    blocks        boolean NOT NULL                     -- whether disputed orders' tickets open nothing; without a row they do not
);
COMMENT ON TABLE dispute_policy IS 'reconciliation: What organizers want done with tickets whose payment is disputed.';

CREATE TABLE reconciliation (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    asked_kind    text NOT NULL,                       -- what asked for it: an account, a key, an operator, the worker itself …
    asked_by      text NOT NULL,                       -- … and which
    since         timestamptz NOT NULL,                -- what happened from then on is compared
    state         text NOT NULL DEFAULT 'waiting',
    place         jsonb NOT NULL DEFAULT '{}',         -- where the next step goes on
    entries       bigint NOT NULL DEFAULT 0,           -- that were read
    compared      bigint NOT NULL DEFAULT 0,           -- orders
    found         integer NOT NULL DEFAULT 0,          -- disagreements that are new
    settled       integer NOT NULL DEFAULT 0,          -- disagreements that are over
    unreached     text[] NOT NULL DEFAULT '{}',        -- providers whose books could not be read
    asked_at      timestamptz NOT NULL DEFAULT now(),
    ended_at      timestamptz,
    CONSTRAINT reconciliation_state_is_known CHECK (state IN ('waiting', 'running', 'done')),
    CONSTRAINT reconciliation_ends_once_done CHECK ((state = 'done') = (ended_at IS NOT NULL))
);
COMMENT ON TABLE reconciliation IS 'reconciliation: Comparing an organizer''s money with its providers'' books, once from beginning to end.';
CREATE UNIQUE INDEX reconciliation_waits_alone ON reconciliation (organizer_id) WHERE state = 'waiting';
CREATE UNIQUE INDEX reconciliation_runs_alone ON reconciliation (organizer_id) WHERE state = 'running';
CREATE INDEX reconciliation_by_organizer ON reconciliation (organizer_id, asked_at);
CREATE INDEX reconciliation_undone ON reconciliation (asked_at, id) WHERE state <> 'done';
CREATE INDEX reconciliation_by_end ON reconciliation (ended_at) WHERE state = 'done';

CREATE TABLE disagreement (
    id             text PRIMARY KEY,
    organizer_id   text NOT NULL REFERENCES organizer,
    provider       text NOT NULL,
    kind           text NOT NULL,
    subject        text NOT NULL,                      -- id of the order, or of the entry that could not be read
    sale_id        text,
    order_id       text,
    facts          jsonb NOT NULL,                     -- what each side says
    state          text NOT NULL DEFAULT 'open',
    opened_at      timestamptz NOT NULL DEFAULT now(),
    due_at         timestamptz NOT NULL,               -- by when somebody has to have seen to it
    resolved_at    timestamptz,
    resolved_kind  text,                               -- what resolved it: an account, a key, the worker that found it gone …
    resolved_by    text,                               -- … and which
    reason         text NOT NULL DEFAULT '',           -- a member's
    CONSTRAINT disagreement_kind_is_known CHECK (kind IN (
        'unknown_charge', 'missing_charge', 'amount_differs', 'currency_differs', 'missing_refund', 'unknown_refund', 'unread')),
    CONSTRAINT disagreement_state_is_known CHECK (state IN ('open', 'resolved')),
    CONSTRAINT disagreement_is_resolved_by_somebody CHECK ((state = 'open') = (resolved_at IS NULL)
        AND (state = 'open') = (resolved_by IS NULL))
);
COMMENT ON TABLE disagreement IS 'reconciliation: Where a provider''s books and ours differ.';
CREATE UNIQUE INDEX disagreement_is_open_once ON disagreement (provider, kind, subject) WHERE state = 'open';
CREATE INDEX disagreement_by_subject ON disagreement (provider, subject);
CREATE INDEX disagreement_by_organizer ON disagreement (organizer_id, state, due_at);

-- ── outbox: what others must be told ────────────────────────────────────────────────────────────────────────────────

-- Ids are given out one by one: a block kept by a connection would be used by later transactions.
CREATE SEQUENCE outbox_told_id CACHE 1;

-- Read in the order of ids, up to an id that no running transaction can still go below. So whoever takes an id must have
-- a transaction id before, which the default sees to.
CREATE TABLE outbox_told (
    id            bigint NOT NULL DEFAULT nextval(
        CASE WHEN pg_current_xact_id() IS NOT NULL THEN 'outbox_told_id'::regclass END),
    day           date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date,
    topic         text NOT NULL,
    version       smallint NOT NULL,                   -- of the topic's body
    subject       text NOT NULL,                       -- what it is about; heard in the order it was told
    organizer_id  text NOT NULL,
    body          jsonb NOT NULL,
    sale_id       text GENERATED ALWAYS AS (body ->> 'sale') STORED, -- the sale it tells of, if any
    sale_kind     text,                                -- that sale's
    told_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, day),
    CONSTRAINT outbox_has_kind_of_sale FOREIGN KEY (sale_id, sale_kind) REFERENCES sale (id, kind) MATCH FULL,
    CONSTRAINT outbox_tells_nothing_of_a_rehearsal CHECK (sale_kind <> 'rehearsal')
) PARTITION BY RANGE (day);
COMMENT ON TABLE outbox_told IS 'outbox: What others must be told; a partition per day.';
CREATE TABLE outbox_told_default PARTITION OF outbox_told DEFAULT;
COMMENT ON TABLE outbox_told_default IS 'outbox: Rows of a day whose partition was not made in time.';

CREATE TABLE outbox_once (
    topic     text NOT NULL,
    once_key  text NOT NULL,
    told_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT outbox_is_told_once PRIMARY KEY (topic, once_key)
);
COMMENT ON TABLE outbox_once IS 'outbox: What must not be told twice.';
CREATE INDEX outbox_once_by_age ON outbox_once USING brin (told_at);

CREATE TABLE outbox_cursor (
    consumer     text PRIMARY KEY,
    id_after     bigint NOT NULL,                      -- passed: everything up to here was handed over
    id_safe      bigint NOT NULL,                      -- up to here nothing can come any more
    id_pending   bigint,                               -- up to here nothing can come any more once …
    xid_pending  xid8,                                 -- … every transaction before this one has ended
    started_at   timestamptz NOT NULL DEFAULT now(),
    moved_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT outbox_cursor_is_safe CHECK (id_after <= id_safe),
    CONSTRAINT outbox_cursor_pending_is_whole CHECK ((id_pending IS NULL) = (xid_pending IS NULL))
);
COMMENT ON TABLE outbox_cursor IS 'outbox: How far each consumer has read.';

CREATE TABLE outbox_work (
    consumer      text NOT NULL,
    id            bigint NOT NULL,                     -- of what was told
    topic         text NOT NULL,
    version       smallint NOT NULL,
    subject       text NOT NULL,
    organizer_id  text NOT NULL,
    body          jsonb NOT NULL,
    told_at       timestamptz NOT NULL,
    tries         smallint NOT NULL DEFAULT 0,
    fault         text NOT NULL DEFAULT '',            -- the kind of the last one
    due_at        timestamptz NOT NULL DEFAULT now(),
    parked_at     timestamptz,                         -- failed too often: it and what follows of its subject wait for somebody
    CONSTRAINT outbox_work_is_put_once PRIMARY KEY (consumer, id)
);
COMMENT ON TABLE outbox_work IS 'outbox: What consumers have heard and not done yet.';
CREATE INDEX outbox_work_by_subject ON outbox_work (consumer, subject, id);

-- ── webhooks: organizers who are told ───────────────────────────────────────────────────────────────────────────────

CREATE TABLE webhook (
    id             text PRIMARY KEY,
    organizer_id   text NOT NULL REFERENCES organizer,
    url            text NOT NULL,
    label          text NOT NULL DEFAULT '',
    topics         text[] NOT NULL,
    secret         text NOT NULL,                      -- sealed by a key of the keyring
    sequence       bigint NOT NULL DEFAULT 0,          -- of its newest delivery
    paused_at      timestamptz,
    paused_why     text CHECK (paused_why IN ('by_hand', 'failing', 'gone', 'unreadable')),
    failing_since  timestamptz,                        -- null: its newest answer was a yes, or there was none
    created_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhook_is_paused_for_a_reason CHECK ((paused_at IS NULL) = (paused_why IS NULL))
);
COMMENT ON TABLE webhook IS 'webhooks: Addresses of organizers that are told of topics.';
CREATE INDEX webhook_by_organizer ON webhook (organizer_id, id);

CREATE TABLE webhook_delivery (
    webhook_id  text NOT NULL REFERENCES webhook ON DELETE CASCADE,
    sequence    bigint NOT NULL,                       -- a gap tells the organizer that something is missing
    id          text NOT NULL,                         -- the same in every try
    topic       text NOT NULL,
    version     smallint NOT NULL,
    subject     text NOT NULL,
    data        jsonb NOT NULL,
    told_at     timestamptz NOT NULL,
    state       text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'sent', 'failed')),
    tries       smallint NOT NULL DEFAULT 0,
    forgiven    smallint NOT NULL DEFAULT 0,           -- tries before it was replayed, or its webhook resumed
    due_at      timestamptz NOT NULL DEFAULT now(),
    created_at  timestamptz NOT NULL DEFAULT now(),
    done_at     timestamptz,
    PRIMARY KEY (webhook_id, sequence),
    CONSTRAINT webhook_delivery_id_is_unique UNIQUE (id)
);
COMMENT ON TABLE webhook_delivery IS 'webhooks: What a webhook is told, each once under one id.';
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, due_at) WHERE state = 'due';
CREATE INDEX webhook_delivery_in_order ON webhook_delivery (webhook_id, subject, sequence) WHERE state = 'due';
CREATE INDEX webhook_delivery_by_age ON webhook_delivery (created_at);

CREATE TABLE webhook_try (
    webhook_id  text NOT NULL,
    sequence    bigint NOT NULL,
    number      smallint NOT NULL,
    at          timestamptz NOT NULL DEFAULT now(),
    took_ms     integer NOT NULL CHECK (took_ms >= 0),
    status      smallint,                              -- of the answer; null: there was none
    fault       text NOT NULL DEFAULT '',              -- why there was none
    answer      text NOT NULL DEFAULT '',              -- how it began
    PRIMARY KEY (webhook_id, sequence, number),
    CONSTRAINT webhook_try_has_delivery FOREIGN KEY (webhook_id, sequence) REFERENCES webhook_delivery ON DELETE CASCADE
);
COMMENT ON TABLE webhook_try IS 'webhooks: What each try of a delivery was answered.';

-- ── audit ───────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Written by engine/audit alone, in the transaction of what it tells of. Rows are never changed or removed: see the triggers.
CREATE TABLE audit (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organizer_id  text,                                -- null: of the installation
    actor         text NOT NULL,                       -- id of an account, key or guest link, name of an operator …
    act           text NOT NULL,
    subject       text NOT NULL,
    detail        jsonb NOT NULL DEFAULT '{}',
    at            timestamptz NOT NULL DEFAULT now(),
    actor_kind    text NOT NULL DEFAULT 'operator',    -- the default is for releases that did not say
    before        jsonb,                               -- what was changed, as it was …
    after         jsonb,                               -- … and as it is since
    request       text NOT NULL DEFAULT '',            -- id of the request, as the logs have it
    network       cidr,                                -- where it was asked from
    xid           xid8 NOT NULL DEFAULT pg_current_xact_id(), -- by which rows that may still commit are waited for
    CONSTRAINT audit_actor_kind_is_known CHECK (actor_kind IN
        ('account', 'key', 'guest', 'operator', 'itself', 'stranger')),
    CONSTRAINT audit_keeps_no_address CHECK (masklen(network) <= CASE family(network) WHEN 4 THEN 24 ELSE 48 END)
);
COMMENT ON TABLE audit IS 'audit: Who changed what.';
-- What waits to be linked.
CREATE INDEX audit_by_transaction ON audit (xid);

CREATE FUNCTION audit_block(id bigint) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN id / 16384;
COMMENT ON FUNCTION audit_block IS 'audit: The block of acts in which this one is searched for.';
CREATE FUNCTION audit_words(said text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN array_remove(string_to_array(translate(lower(replace(replace(said, '\n', ' '), '\t', ' ')),
    E'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~\t\n\r', repeat(' ', 35)), ' '), '');
COMMENT ON FUNCTION audit_words IS 'audit: The words of a text, as they are searched for.';
CREATE FUNCTION audit_asked(block bigint, terms text[]) RETURNS bigint[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT array_agg(hashtextextended(block || term, 0)) FROM unnest(terms) AS t (term));
COMMENT ON FUNCTION audit_asked IS 'audit: Terms of acts, as the index of a block has them.';
CREATE FUNCTION audit_terms(
    id bigint, organizer_id text, actor text, act text, subject text, before jsonb, after jsonb, detail jsonb
) RETURNS bigint[] LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10000
RETURN audit_asked(audit_block(id),
    ARRAY['o' || coalesce(organizer_id, ''), 'a' || actor, 's' || subject, 'd' || act, 'd' || split_part(act, '.', 1)]
    || string_to_array('w' || array_to_string(audit_words(act || ' ' || subject || ' ' || actor || ' '
        || coalesce(before::text, '') || ' ' || coalesce(after::text, '') || ' ' || detail::text), ' w'), ' '));
COMMENT ON FUNCTION audit_terms IS 'audit: All that an act is found by: organizer, actor, subject, act, its words.';
-- What an act is found by. A term has the block of its act in it, so that one look reads a bounded number of rows, however
-- often a term occurs: decision 0038.
CREATE INDEX audit_by_terms ON audit
    USING gin (audit_terms(id, organizer_id, actor, act, subject, before, after, detail)) WITH (fastupdate = off);
CREATE INDEX audit_by_organizer ON audit (organizer_id, id);
CREATE INDEX audit_by_act ON audit (organizer_id, act); -- which acts occur
CREATE INDEX audit_by_time ON audit (at);

-- The place of a row in the chain of its organizer, or of the installation: beside the row, which never changes.
CREATE TABLE audit_link (
    chain      text NOT NULL,                          -- id of the organizer, or "installation"
    number     bigint NOT NULL CHECK (number > 0),
    audit_id   bigint NOT NULL,
    hash       bytea NOT NULL,                         -- of the link before and the row, as docs/audit.md says
    linked_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (chain, number),
    CONSTRAINT audit_link_has_row FOREIGN KEY (audit_id) REFERENCES audit,
    CONSTRAINT audit_is_linked_once UNIQUE (audit_id)
);
COMMENT ON TABLE audit_link IS 'audit: Links of the chains of acts.';

-- One row: every act whose transaction is below it has its link. Its lock lets one worker link at a time.
CREATE TABLE audit_horizon (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    before    xid8 NOT NULL DEFAULT '0'
);
COMMENT ON TABLE audit_horizon IS 'audit: How far acts are linked.';
INSERT INTO audit_horizon DEFAULT VALUES;

CREATE TABLE audit_head (
    id          bigint GENERATED ALWAYS AS IDENTITY,   -- in which order they are told to the outside
    chain       text NOT NULL,
    number      bigint NOT NULL,                       -- of the last link when it was signed
    hash        bytea NOT NULL,
    signed_at   timestamptz NOT NULL,
    public_key  bytea NOT NULL,                        -- Ed25519
    signature   bytea NOT NULL,
    PRIMARY KEY (chain, number),
    CONSTRAINT audit_head_is_told_once UNIQUE (id)
);
COMMENT ON TABLE audit_head IS 'audit: Signed ends of chains.';

-- What was refused, until its minute is over and one row of audit tells how often.
CREATE TABLE audit_tally (
    minute        timestamptz NOT NULL,
    act           text NOT NULL,
    network       cidr,                                -- null: of networks too many to be told apart
    subject       text NOT NULL,
    times         bigint NOT NULL CHECK (times > 0),
    organizer_id  text,                                -- whose trail it goes into; null: the installation's
    CONSTRAINT audit_tally_counts_once UNIQUE NULLS NOT DISTINCT (minute, act, network, organizer_id, subject)
);
COMMENT ON TABLE audit_tally IS 'audit: Refusals of the running minute, by network.';

-- What was written stays as it was written. Only a superuser who switches triggers off gets past this, and then the
-- chains tell.
CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is insert-only: what was written stays as it is', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
COMMENT ON FUNCTION audit_stays IS 'audit: Refuses to change or delete what was written.';
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit EXECUTE FUNCTION audit_stays();
CREATE TRIGGER audit_link_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_link EXECUTE FUNCTION audit_stays();
CREATE TRIGGER audit_head_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_head EXECUTE FUNCTION audit_stays();

-- ── promos: stores, products ────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE installation (
    name   text PRIMARY KEY,
    value  jsonb NOT NULL
);
COMMENT ON TABLE installation IS 'stores: Small settings that all processes of one installation share.';

CREATE TABLE store (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    name          text NOT NULL,
    address       text NOT NULL DEFAULT '',
    zone          text NOT NULL,
    latitude      double precision NOT NULL CHECK (latitude BETWEEN -90 AND 90),
    longitude     double precision NOT NULL CHECK (longitude BETWEEN -180 AND 180),
    created_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE store IS 'promos: A place that sells products; has a position and a time zone.';

CREATE TABLE product (
    id            text PRIMARY KEY,
    number        integer GENERATED ALWAYS AS IDENTITY, -- what promo_windows_do_not_overlap compares
    organizer_id  text NOT NULL REFERENCES organizer,
    store_id      text NOT NULL REFERENCES store,
    name          text NOT NULL,
    description   text NOT NULL DEFAULT '',
    picture       text NOT NULL DEFAULT '',
    price         bigint NOT NULL CHECK (price >= 0),  -- the regular one
    currency      char(3) NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT product_number_is_unique UNIQUE (number)
);
COMMENT ON TABLE product IS 'promos: Something one store sells.';

-- ── people: persons, consent, suppression ───────────────────────────────────────────────────────────────────────────

-- Time zones get small numbers, so that Redis can keep one in two bytes beside a position.
CREATE TABLE zone (
    number  smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name    text NOT NULL,                             -- IANA, e.g. Europe/Madrid
    CONSTRAINT zone_is_numbered_once UNIQUE (name)
);
COMMENT ON TABLE zone IS 'people: Time zones in use, numbered.';

-- Somebody we may write to, with a dense number that bitmaps are indexed by.
CREATE TABLE profile (
    number          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    buyer_id        text NOT NULL,
    reference       text,                              -- the operator's own id, by which an import finds it again
    name            text NOT NULL DEFAULT '',
    email           text,
    phone           text,
    locale          text NOT NULL DEFAULT 'en',
    zone            smallint NOT NULL REFERENCES zone,
    latitude        double precision CHECK (latitude BETWEEN -90 AND 90),
    longitude       double precision CHECK (longitude BETWEEN -180 AND 180),
    accuracy_m      integer NOT NULL DEFAULT 0,
    located_at      timestamptz,
    email_vouched_by  text CHECK (email_vouched_by IN ('owner', 'import')), -- null: nobody, and nothing is sent there
    phone_vouched_by  text CHECK (phone_vouched_by IN ('owner', 'import')),
    consent         boolean NOT NULL DEFAULT false,    -- may be sent promo notices
    channels        text[] NOT NULL DEFAULT '{push,email,sms}', -- preferred first
    first_seen_at   timestamptz NOT NULL DEFAULT now(),
    orders_count    integer NOT NULL DEFAULT 0,
    last_order_at   timestamptz,
    orders_known    boolean NOT NULL DEFAULT false,    -- orders from before the person was known have been counted
    changed_xid     xid8 NOT NULL DEFAULT pg_current_xact_id(), -- by which the bitmaps follow
    person_id       text,                              -- who they are, in the vault; name, email and phone are then empty
    email_mark      bytea,                             -- as in vault_person
    phone_mark      bytea,
    email_vouched_at  timestamptz,                     -- when its owner confirmed it; null: before this was kept, or never
    phone_vouched_at  timestamptz,
    CONSTRAINT profile_has_one_buyer UNIQUE (buyer_id),
    CONSTRAINT profile_position_is_whole CHECK ((latitude IS NULL) = (longitude IS NULL)),
    CONSTRAINT profile_vouches_for_an_address CHECK (
        (num_nonnulls(email, email_mark) > 0 OR email_vouched_by IS NULL)
        AND (num_nonnulls(phone, phone_mark) > 0 OR phone_vouched_by IS NULL))
);
COMMENT ON TABLE profile IS 'people: A person we may write to: contact, consent, position, behaviour.';
CREATE UNIQUE INDEX profile_reference_is_unique ON profile (reference) WHERE reference IS NOT NULL;
CREATE INDEX profile_by_change ON profile (changed_xid);
-- Who is still to be moved into the vault.
CREATE INDEX profile_plain ON profile (number)
    WHERE person_id IS NULL AND (name <> '' OR email IS NOT NULL OR phone IS NOT NULL);
-- New persons, until what they had bought before is counted.
CREATE INDEX profile_orders_unknown ON profile (number) WHERE NOT orders_known;

CREATE INDEX profile_by_person ON profile (person_id) WHERE person_id IS NOT NULL;
CREATE VIEW named_profile AS SELECT number, buyer_id, person_id FROM profile WHERE person_id IS NOT NULL;
COMMENT ON VIEW named_profile IS 'people: Who people are in the vault.';
CREATE TRIGGER profile_changes_person AFTER UPDATE OF person_id ON profile FOR EACH ROW
    WHEN (OLD.person_id IS NOT NULL AND OLD.person_id IS DISTINCT FROM NEW.person_id) EXECUTE FUNCTION vault_lets_go();
CREATE TRIGGER profile_leaves_person AFTER DELETE ON profile FOR EACH ROW
    WHEN (OLD.person_id IS NOT NULL) EXECUTE FUNCTION vault_lets_go();

-- Consent to the offers of any organizer is the person's own; what an import says is its organizer's alone.
CREATE VIEW person AS
SELECT p.number, p.buyer_id, p.zone, z.name AS zone_name, p.locale, p.latitude, p.longitude, p.accuracy_m, p.located_at,
       num_nonnulls(p.email, p.email_mark) > 0 AS has_email, num_nonnulls(p.phone, p.phone_mark) > 0 AS has_phone,
       p.consent AND p.reference IS NULL AS consent,
       p.first_seen_at, p.orders_count, p.last_order_at, p.changed_xid
FROM profile p JOIN zone z ON z.number = p.zone;
COMMENT ON VIEW person IS 'people: What is known of a person, but for names and addresses.';

-- Whose people they are: an organizer counts, sees and reaches those it has a row for here, and those who asked to be
-- told by anybody.
CREATE TABLE relation (
    organizer_id     text NOT NULL REFERENCES organizer,
    number           integer NOT NULL REFERENCES profile ON DELETE CASCADE,
    id               text NOT NULL DEFAULT 'per_' || replace(gen_random_uuid()::text, '-', ''), -- what this organizer is told; another is told another
    reference        text,                             -- the organizer's own id, by which an import finds the person again
    basis            text CHECK (basis IN ('contract', 'interest')), -- bought, or imported; null: consent or nothing
    consent          boolean,                          -- to this organizer's offers; null: never said
    consent_wording  text,                             -- as it was shown, where it is known
    consent_source   text CHECK (consent_source IN ('person', 'import')),
    consent_at       timestamptz,
    consent_origin   text,                             -- where a yes comes from, in the words of the import
    since            timestamptz NOT NULL DEFAULT now(),
    orders_count     integer NOT NULL DEFAULT 0 CHECK (orders_count >= 0), -- paid ones of this organizer's sales
    last_order_at    timestamptz,
    PRIMARY KEY (number, organizer_id),
    CONSTRAINT relation_id_is_unique UNIQUE (id),
    CONSTRAINT relation_reference_is_unique UNIQUE (organizer_id, reference),
    CONSTRAINT relation_consent_is_shown CHECK (
        (consent IS NULL) = (consent_source IS NULL) AND (consent IS NULL) = (consent_at IS NULL))
);
COMMENT ON TABLE relation IS 'people: How an organizer stands to a person: on what basis, with which consent, what was bought.';
CREATE VIEW related_person AS
SELECT organizer_id, number, basis, consent, orders_count, last_order_at FROM relation;
COMMENT ON VIEW related_person IS 'people: How organizers stand to people, but for what they call them.';

-- What an organizer's team writes down about one of its people, under that person's data key. A note keeps nobody: whoever
-- goes from the vault takes theirs along.
CREATE TABLE person_note (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL,                       -- whose person it is. No foreign key, as in vault_person
    person_id     text NOT NULL REFERENCES vault_person ON DELETE CASCADE,
    sealed        bytea NOT NULL,                      -- the text, for this person and this note alone
    author_kind   text NOT NULL,                       -- as in audit
    author        text NOT NULL,
    written_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE person_note IS 'people: What teams write down about their people.';
CREATE INDEX person_note_by_person ON person_note (person_id, written_at);
-- Whichever release erases them.
CREATE FUNCTION person_note_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM person_note WHERE person_id = NEW.id;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION person_note_goes IS 'people: Removes what is noted about somebody who is erased.';
CREATE TRIGGER vault_person_takes_notes AFTER UPDATE OF erased_at ON vault_person FOR EACH ROW
    WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL) EXECUTE FUNCTION person_note_goes();

-- Paid orders, each counted once into the person who bought: at once, or when there is one.
CREATE TABLE profile_order (
    sale_id       text NOT NULL,
    order_id      text NOT NULL,
    buyer_id      text,
    paid_at       timestamptz,
    counted       boolean NOT NULL,
    organizer_id  text,                                -- whose sale it was
    related       boolean NOT NULL DEFAULT false,      -- it is in the relation of the person to that organizer
    PRIMARY KEY (sale_id, order_id),
    CONSTRAINT profile_order_has_buyer CHECK (buyer_id IS NOT NULL AND paid_at IS NOT NULL)
);
COMMENT ON TABLE profile_order IS 'people: Paid orders, and whether a person has counted them.';
CREATE INDEX profile_order_by_buyer ON profile_order (buyer_id);
-- What relations have still to take.
CREATE INDEX profile_order_unrelated ON profile_order (sale_id, order_id) WHERE counted AND NOT related;

CREATE TABLE push_subscription (
    endpoint    text PRIMARY KEY,
    number      integer NOT NULL REFERENCES profile ON DELETE CASCADE,
    p256dh      text NOT NULL,
    auth        text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE push_subscription IS 'people: Browsers that take Web Push for a person.';
CREATE INDEX push_subscription_by_profile ON push_subscription (number);

-- An address that is dead, or whose owner said no: nothing is sent there again, whoever imports it next.
CREATE TABLE suppression (
    channel       text NOT NULL CHECK (channel IN ('email', 'sms')),
    address       text,                                -- of releases from before the vault, until it is made a mark
    organizer_id  text REFERENCES organizer,           -- whose messages stop; null: everybody's, since the channel or the owner said so
    reason        text NOT NULL CHECK (reason IN ('bounced', 'complained', 'unsubscribed')),
    created_at    timestamptz NOT NULL DEFAULT now(),
    address_mark  bytea,                               -- of the inbox, as in message
    CONSTRAINT suppression_is_of_an_address CHECK (num_nonnulls(address, address_mark) = 1)
);
COMMENT ON TABLE suppression IS 'people: Addresses nothing is sent to, by one organizer or by anybody.';
-- What one organizer reports silences an address for that organizer alone.
CREATE UNIQUE INDEX suppression_is_noted_once ON suppression (channel, address, organizer_id) NULLS NOT DISTINCT
    WHERE address IS NOT NULL;
CREATE UNIQUE INDEX suppression_mark_is_noted_once ON suppression (channel, address_mark, organizer_id) NULLS NOT DISTINCT
    WHERE address_mark IS NOT NULL;
CREATE VIEW silenced_address AS SELECT channel, address, organizer_id, reason, address_mark FROM suppression;
COMMENT ON VIEW silenced_address IS 'people: Addresses nothing is sent to; without an organizer, by nobody.';

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

-- ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────────

-- queued → sent, unknown, refused, bounced, lapsed. All but queued are ends, and one that ended may be sent again by hand.
CREATE TABLE message (
    id            text PRIMARY KEY,
    key           text NOT NULL,                       -- what it is about: one message for each
    template      text NOT NULL,
    channel       text NOT NULL CHECK (channel IN ('email', 'sms', 'push')),
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
    sells         boolean NOT NULL DEFAULT false,      -- waits for the others, goes out once at most, and its reader can say no
    CONSTRAINT message_key_is_unique UNIQUE (key),
    CONSTRAINT message_key_holds_no_address CHECK (strpos(key, '@') = 0),
    CONSTRAINT message_doubts_are_tries CHECK (doubts BETWEEN 0 AND tries),
    CONSTRAINT message_waits_or_is_done CHECK ((state = 'queued') = (done_at IS NULL)),
    CONSTRAINT message_that_waits_can_be_sent CHECK (state <> 'queued' OR sealed IS NOT NULL)
);
COMMENT ON TABLE message IS 'messages: Messages to people, and what became of each.';
CREATE INDEX message_due_by_kind ON message (channel, sells, due_at) WHERE state = 'queued';
CREATE INDEX message_by_age ON message (created_at);
-- Letters by the order that they are about.
CREATE INDEX message_of_order ON message (split_part(key, ':', 2)) WHERE key LIKE 'order:%';
CREATE INDEX message_by_inbox ON message (inbox_hash, created_at);
CREATE INDEX message_still_sealed ON message (created_at) WHERE sealed IS NOT NULL AND state <> 'queued';

-- ── contacts: proofs of addresses, places that stand on them ────────────────────────────────────────────────────────

-- A letter with a link and a code, sent to an address that somebody claims: whoever answers it can read what comes there.
-- The link's token and the code follow from the id and the installation secret, so that nothing here opens anything.
CREATE TABLE contact_proof (
    id            text PRIMARY KEY,
    purpose       text NOT NULL CHECK (purpose IN ('offers', 'entry')),
    channel       text NOT NULL CHECK (channel IN ('email', 'sms')),
    inbox_hash    bytea NOT NULL,                      -- keyed: of the inbox, by which it is found again
    address       text,                                -- of the release before alone: until a letter was written
    buyer_id      text NOT NULL,                       -- who claims it
    network_hash  bytea NOT NULL,                      -- keyed: where the claim came from
    locale        text NOT NULL,
    asked_at      timestamptz NOT NULL DEFAULT now(),
    code_until    timestamptz NOT NULL,
    link_until    timestamptz NOT NULL,
    tries         smallint NOT NULL DEFAULT 0,         -- wrong codes so far
    ended_at      timestamptz,                         -- replaced by a later one, or tried too often
    confirmed_at  timestamptz,
    letter        text NOT NULL DEFAULT 'due' CHECK (letter IN ('due', 'sent', 'failed', 'withheld')), -- sent: written to message; due, failed: of the release before
    letter_tries  smallint NOT NULL DEFAULT 0,
    letter_at     timestamptz NOT NULL DEFAULT now(),  -- of the release before: when to try next
    CONSTRAINT contact_proof_tries_are_few CHECK (tries BETWEEN 0 AND 5),
    CONSTRAINT contact_proof_ends_in_one_way CHECK (confirmed_at IS NULL OR ended_at IS NULL),
    CONSTRAINT contact_proof_forgets_the_address CHECK ((letter = 'due') = (address IS NOT NULL))
);
COMMENT ON TABLE contact_proof IS 'contacts: Letters that ask whether an address is its claimer''s, and what came of them.';
CREATE UNIQUE INDEX contact_proof_is_open_once ON contact_proof (purpose, channel, inbox_hash, buyer_id)
    WHERE confirmed_at IS NULL AND ended_at IS NULL AND letter <> 'withheld';
CREATE INDEX contact_proof_by_inbox ON contact_proof (inbox_hash, asked_at);
CREATE INDEX contact_proof_by_buyer ON contact_proof (buyer_id, asked_at);
CREATE INDEX contact_proof_by_network ON contact_proof (network_hash, asked_at);
CREATE INDEX contact_proof_letters ON contact_proof (letter_at) WHERE letter = 'due';

CREATE TABLE sale_contact (
    sale_id     text NOT NULL REFERENCES sale,
    inbox_hash  bytea NOT NULL,                        -- as in contact_proof; or of the account that a sale asks for, or a person by whom it is in a segment
    buyer_id    text NOT NULL,                         -- whose place stands on it
    used_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sale_id, inbox_hash)                  -- one buyer per inbox
);
COMMENT ON TABLE sale_contact IS 'contacts: Which inbox a place stands on, in sales that ask for a contact.';

-- ── segments ────────────────────────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE segment (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    number        integer GENERATED ALWAYS AS IDENTITY,
    name          text NOT NULL,
    rule          text NOT NULL,                       -- docs/flash-promos.md has the language
    created_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT segment_number_is_unique UNIQUE (number),
    CONSTRAINT segment_name_is_unique UNIQUE (organizer_id, name)
);
COMMENT ON TABLE segment IS 'segments: A named rule that says which people belong together.';
CREATE VIEW named_segment AS SELECT id, organizer_id, number, name FROM segment;
COMMENT ON VIEW named_segment IS 'segments: Segments of organizers, with the numbers of their bitmaps.';

-- ── promos: promos, windows, notices ────────────────────────────────────────────────────────────────────────────────

-- draft → scheduled ⇄ paused → ended. That it is active or sold out follows from its windows.
CREATE TABLE promo (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    product_id    text NOT NULL REFERENCES product,
    name          text NOT NULL,
    price         bigint NOT NULL CHECK (price >= 0),
    stock         integer NOT NULL CHECK (stock > 0),  -- in each of its windows
    person_max    integer NOT NULL CHECK (person_max > 0),
    radius_m      integer NOT NULL CHECK (radius_m > 0),
    segments      text[] NOT NULL DEFAULT '{}',        -- any of them; none at all means everybody
    schedule      jsonb NOT NULL,                      -- as it was asked for: {"once": …} or {"daily": …}
    state         text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'scheduled', 'paused', 'ended')),
    created_at    timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE promo IS 'promos: One product of one store at a special price, in one or more windows.';
CREATE INDEX promo_by_organizer ON promo (organizer_id, id);

-- A window is one sale: without a room, one pool, a cart of a minute. The instants are fixed when the promo is scheduled.
CREATE TABLE promo_window (
    number          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    promo_id        text NOT NULL REFERENCES promo,
    product_number  integer NOT NULL REFERENCES product (number),
    sale_id         text NOT NULL,                     -- the id its sale will have, which nobody can guess
    opens_at        timestamptz NOT NULL,
    closes_at       timestamptz NOT NULL,
    live            boolean NOT NULL DEFAULT true,     -- false once it was taken back before it opened
    prepared_at     timestamptz,                       -- its sale exists
    activated_at    timestamptz,                       -- the instant whose local day its notices count for
    claimed_at      timestamptz,                       -- everybody eligible has a durable notice
    ended_at        timestamptz,
    CONSTRAINT promo_window_has_one_sale UNIQUE (sale_id),
    CONSTRAINT promo_window_lasts CHECK (opens_at < closes_at),
    -- The same product is never in two windows at once. A number as a range of one needs no extension.
    CONSTRAINT promo_windows_do_not_overlap EXCLUDE USING gist (
        int4range(product_number, product_number, '[]') WITH &&,
        tstzrange(opens_at, closes_at) WITH &&
    ) WHERE (live)
);
COMMENT ON TABLE promo_window IS 'promos: A time in which a promo sells; one sale each.';
CREATE INDEX promo_window_by_promo ON promo_window (promo_id);
CREATE INDEX promo_window_unfinished ON promo_window (opens_at) WHERE live AND ended_at IS NULL;

-- The durable ledger of who was told what on which of their days. No foreign keys: a million rows a minute come in.
CREATE TABLE notice (
    day       date NOT NULL,                           -- the buyer's own local day
    number    integer NOT NULL,                        -- of the profile
    window_n  integer NOT NULL,
    state     text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'posted', 'sent', 'failed', 'lapsed')), -- posted: as a message
    attempts  smallint,
    channel   text,                                    -- the one that was tried last
    next_at   timestamptz,                             -- when to try again
    sent_at   timestamptz,
    seen_at   timestamptz,                             -- opened from its link
    CONSTRAINT notice_is_one_a_day PRIMARY KEY (day, number)
);
COMMENT ON TABLE notice IS 'promos: One promo notice of one buyer: at most one per local day.';

-- A claimed run of notices, written in the transaction that writes them: what deliverers take their work from.
CREATE TABLE notice_batch (
    id            text PRIMARY KEY,                    -- of the claim in Redis
    window_n      integer NOT NULL,
    day           date NOT NULL,
    numbers       integer[] NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    leased_until  timestamptz NOT NULL DEFAULT '-infinity',
    lease         text,
    done_at       timestamptz
);
COMMENT ON TABLE notice_batch IS 'promos: Notices on their way, as deliverers lease them.';
CREATE INDEX notice_batch_open ON notice_batch (leased_until) WHERE done_at IS NULL;
CREATE INDEX notice_batch_by_window ON notice_batch (window_n);

-- The last guard: one notice per inbox and day, whoever else has the same address in a profile. Written before it is sent.
CREATE TABLE notice_inbox (
    day         date NOT NULL,
    channel     text NOT NULL CHECK (channel IN ('email', 'sms')),
    inbox_hash  bytea NOT NULL,                        -- as in contact_proof
    number      integer NOT NULL,                      -- of the profile whose notice it is
    CONSTRAINT notice_inbox_is_told_once_a_day PRIMARY KEY (day, channel, inbox_hash)
);
COMMENT ON TABLE notice_inbox IS 'promos: Inboxes that a notice was sent to, or is being sent to, on a day.';

-- Text messages cost money: how many an organizer's notices took on a day. The bound is a setting.
CREATE TABLE sms_spent (
    organizer_id  text NOT NULL REFERENCES organizer,
    day           date NOT NULL,
    messages      integer NOT NULL DEFAULT 0 CHECK (messages >= 0),
    PRIMARY KEY (organizer_id, day)
);
COMMENT ON TABLE sms_spent IS 'promos: Text messages of an organizer on a day.';

-- What each try said; live sockets leave no row, the notice itself says enough.
CREATE TABLE notice_attempt (
    day      date NOT NULL,
    number   integer NOT NULL,
    attempt  smallint NOT NULL,
    channel  text NOT NULL,
    outcome  text NOT NULL CHECK (outcome IN ('sent', 'later', 'refused', 'bounced')),
    detail   text NOT NULL DEFAULT '',                 -- the channel's own words, without the address
    at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (day, number, attempt)
);
COMMENT ON TABLE notice_attempt IS 'promos: Tries to deliver a notice by e-mail, push or SMS.';

-- ── rights: who was erased ────────────────────────────────────────────────────────────────────────────────────────────

-- In the list outside the database before it is here: ids and marks, never a name or an address.
CREATE TABLE erasure (
    number        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id            text NOT NULL,
    organizer_id  text,                                -- whose people they were; null: everybody's
    list          text NOT NULL,                       -- the line of the list, as JSON
    at            timestamptz NOT NULL DEFAULT now(),
    cleared_at    timestamptz,                         -- Redis has forgotten them too
    CONSTRAINT erasure_is_carried_out_once UNIQUE (id)
);
COMMENT ON TABLE erasure IS 'rights: Erasures that were carried out.';
CREATE INDEX erasure_uncleared ON erasure (number) WHERE cleared_at IS NULL;

-- ── the office ───────────────────────────────────────────────────────────────────────────────────────────────────────

-- What organizers ask and change in the office is done by this role, in a transaction that says for which organizer:
-- it sees and writes no other's rows, also where a statement forgets to ask (engine/stores/office.py, decision 0032).
-- Tables that it is granted nothing of it can't touch. The owner, whom everything else runs as, is not subject to policies.
-- A role belongs to all databases of a server, so it may be there already, or be made by another of them right now.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'aforo_office') THEN
        CREATE ROLE aforo_office NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'aforo_office', 'MEMBER') THEN
        EXECUTE format('GRANT aforo_office TO %I', current_user);
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL;
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION '% may not make the role of the office', current_user USING ERRCODE = 'insufficient_privilege',
            HINT = format('let a superuser run: CREATE ROLE aforo_office NOLOGIN; GRANT aforo_office TO %I;', current_user);
END $$;

GRANT SELECT ON organizer_terms, event, layout, orders, person_note, pool, price_list, product, promo, promo_window, public_organizer,
    section, segment, named_segment, organizer, picture, picture_shown, sale, sale_terms, series, store, ticket_type, venue,
    webhook, webhook_delivery, webhook_try TO aforo_office;
GRANT INSERT ON audit, event, layout, organizer_terms, person_note, picture, pool, price_list, product, promo, promo_window, sale,
    sale_run, section, segment, series, store, suppression, ticket_type, venue, webhook, webhook_delivery TO aforo_office;
GRANT UPDATE ON event, picture, promo, promo_window, sale, segment, series, venue, webhook, webhook_delivery TO aforo_office;
GRANT SELECT, INSERT, UPDATE ON allocation TO aforo_office;
GRANT SELECT, INSERT, UPDATE ON payment_account TO aforo_office;
GRANT SELECT, INSERT ON stock_change TO aforo_office;
GRANT UPDATE (capacity, withheld) ON pool TO aforo_office;
GRANT UPDATE (name, order_key) ON organizer TO aforo_office;
GRANT INSERT ON outbox_told TO aforo_office;
GRANT SELECT, INSERT ON tracked_link TO aforo_office;
GRANT UPDATE (label, sale_id, archived_at) ON tracked_link TO aforo_office;
GRANT SELECT ON named_link TO aforo_office;
GRANT SELECT, INSERT ON tax_rules TO aforo_office;
GRANT UPDATE (version, rules) ON tax_rules TO aforo_office;
GRANT SELECT, INSERT ON coupon, coupon_batch, coupon_code TO aforo_office;
GRANT UPDATE (name, rule, revision, uses_max, tickets_max, money_max, ended_at) ON coupon TO aforo_office;
GRANT UPDATE (revoked_at) ON coupon_batch, coupon_code TO aforo_office;
GRANT SELECT, INSERT ON credit, credit_entry TO aforo_office;
GRANT UPDATE (balance, grace_until, revoked_at) ON credit TO aforo_office;
GRANT SELECT, INSERT ON legal_identity TO aforo_office;
GRANT SELECT, INSERT, UPDATE, DELETE ON own_refund_rule TO aforo_office;
GRANT SELECT ON receipt, order_code TO aforo_office;
GRANT SELECT ON provider_entry TO aforo_office;
GRANT SELECT, INSERT ON reconciliation TO aforo_office;
GRANT SELECT ON disagreement, dispute TO aforo_office;
GRANT UPDATE (state, resolved_at, resolved_kind, resolved_by, reason) ON disagreement TO aforo_office;
GRANT UPDATE (answered_at) ON dispute TO aforo_office;
GRANT SELECT, INSERT ON dispute_policy TO aforo_office;
GRANT UPDATE (blocks) ON dispute_policy TO aforo_office;
GRANT USAGE ON SEQUENCE outbox_told_id TO aforo_office;
GRANT DELETE ON person_note, webhook, webhook_delivery TO aforo_office;

-- Views show what whoever asks may see.
ALTER VIEW public_organizer SET (security_invoker = true);
ALTER VIEW picture_shown SET (security_invoker = true);
ALTER VIEW named_segment SET (security_invoker = true);
ALTER VIEW sale_terms SET (security_invoker = true);
ALTER VIEW named_link SET (security_invoker = true);
ALTER VIEW coupon_terms SET (security_invoker = true);
ALTER VIEW coupon_code_used SET (security_invoker = true);
ALTER VIEW coupon_person_used SET (security_invoker = true);
ALTER VIEW open_allocation SET (security_invoker = true);
ALTER VIEW order_code SET (security_invoker = true);

-- What USING says, new rows must fulfil as well. A row that hangs on another asks for that one alone: EXISTS would become a
-- list of all that an organizer has, read anew for each page.
ALTER TABLE organizer ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON organizer TO aforo_office USING (id = current_setting('aforo.organizer', true));
ALTER TABLE organizer_terms ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON organizer_terms TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE picture ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON picture TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE venue ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON venue TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE series ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON series TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE event ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON event TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE sale ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON sale TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE payment_account ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON payment_account TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE webhook ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON webhook TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE store ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON store TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE product ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON product TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE tracked_link ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON tracked_link TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE tax_rules ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON tax_rules TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE coupon ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON coupon TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE coupon_batch ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON coupon_batch TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE coupon_code ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON coupon_code TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE credit ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON credit TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE legal_identity ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON legal_identity TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE receipt_series ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON receipt_series TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE receipt ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON receipt TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE receipt_due ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON receipt_due TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE credit_note_due ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON credit_note_due TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE own_refund_rule ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON own_refund_rule TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE provider_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON provider_entry TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE dispute ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON dispute TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE dispute_policy ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON dispute_policy TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE reconciliation ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON reconciliation TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE disagreement ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON disagreement TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE sandbox_payout ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON sandbox_payout TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE cancellation ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON cancellation TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE order_move ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON order_move TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE person_note ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON person_note TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE suppression ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON suppression TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE segment ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON segment TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE promo ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON promo TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE outbox_told ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON outbox_told TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON audit TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE layout ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON layout TO aforo_office USING (
    (SELECT organizer_id FROM venue WHERE venue.id = layout.venue_id) = current_setting('aforo.organizer', true));
ALTER TABLE section ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON section TO aforo_office USING (
    (SELECT organizer_id FROM venue WHERE venue.id = section.venue_id) = current_setting('aforo.organizer', true));
ALTER TABLE credit_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON credit_entry TO aforo_office USING (
    (SELECT organizer_id FROM credit WHERE credit.id = credit_entry.credit_id) = current_setting('aforo.organizer', true));
ALTER TABLE ticket_type ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON ticket_type TO aforo_office USING (
    (SELECT organizer_id FROM event WHERE event.id = ticket_type.event_id) = current_setting('aforo.organizer', true));
ALTER TABLE pool ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON pool TO aforo_office USING (
    (SELECT organizer_id FROM sale WHERE sale.id = pool.sale_id) = current_setting('aforo.organizer', true));
ALTER TABLE allocation ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON allocation TO aforo_office USING (
    (SELECT organizer_id FROM sale WHERE sale.id = allocation.sale_id) = current_setting('aforo.organizer', true));
ALTER TABLE stock_change ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON stock_change TO aforo_office USING (
    (SELECT organizer_id FROM sale WHERE sale.id = stock_change.sale_id) = current_setting('aforo.organizer', true));
ALTER TABLE price_list ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON price_list TO aforo_office USING (
    (SELECT organizer_id FROM sale WHERE sale.id = price_list.sale_id) = current_setting('aforo.organizer', true));
ALTER TABLE sale_run ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON sale_run TO aforo_office USING (
    (SELECT organizer_id FROM sale WHERE sale.id = sale_run.sale_id) = current_setting('aforo.organizer', true));
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON orders TO aforo_office USING (
    (SELECT organizer_id FROM sale WHERE sale.id = orders.sale_id) = current_setting('aforo.organizer', true));
ALTER TABLE webhook_delivery ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON webhook_delivery TO aforo_office USING (
    (SELECT organizer_id FROM webhook WHERE webhook.id = webhook_delivery.webhook_id) = current_setting('aforo.organizer', true));
ALTER TABLE webhook_try ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON webhook_try TO aforo_office USING (
    (SELECT organizer_id FROM webhook WHERE webhook.id = webhook_try.webhook_id) = current_setting('aforo.organizer', true));
ALTER TABLE promo_window ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON promo_window TO aforo_office USING (
    (SELECT organizer_id FROM promo WHERE promo.id = promo_window.promo_id) = current_setting('aforo.organizer', true));
