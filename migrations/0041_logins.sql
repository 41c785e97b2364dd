-- expand
-- in a transaction
-- locks: session (access exclusive)
-- locks: account (share row exclusive)
--
-- What somebody shows to be who they say: links in letters; tokens of sessions that are renewed; buyers that belong to an account.

ALTER TABLE session ADD COLUMN renew boolean NOT NULL DEFAULT false;
ALTER TABLE session ADD COLUMN renewed_at timestamptz;
ALTER TABLE session ADD COLUMN before_sha256 bytea;

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
