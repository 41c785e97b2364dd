-- expand
-- in a transaction
-- locks: organizer (share row exclusive)
--
-- Accounts of organizers at payment providers, which their sales are paid into.

CREATE TABLE payment_account (
    id               text PRIMARY KEY,
    organizer_id     text NOT NULL REFERENCES organizer,
    provider         text NOT NULL CHECK (provider = 'stripe'),
    name             text NOT NULL,
    publishable_key  text NOT NULL,
    secret_key       text NOT NULL,
    webhook_secrets  text[] NOT NULL DEFAULT '{}',
    live             boolean NOT NULL,
    active           boolean NOT NULL DEFAULT false,
    version          integer NOT NULL DEFAULT 1,
    created_at       timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE payment_account IS 'payments: Accounts of organizers at payment providers, which their sales are paid into.';
CREATE INDEX payment_account_by_organizer ON payment_account (organizer_id, id);
CREATE UNIQUE INDEX payment_account_is_active_alone ON payment_account (organizer_id) WHERE active;

GRANT SELECT, INSERT, UPDATE ON payment_account TO aforo_office;
ALTER TABLE payment_account ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON payment_account TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
