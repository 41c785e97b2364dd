-- expand
-- in a transaction
-- locks: account (share row exclusive)
--
-- Second factors: passkeys, authenticator apps, recovery codes. Logins at outside providers.

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
