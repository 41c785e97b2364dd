-- expand
-- in a transaction
-- locks: api_key (access exclusive)
--
-- API keys say what they may do, where, from which networks and until when. Those from before go on: they may everything.

ALTER TABLE api_key
    ADD COLUMN scopes       text[],
    ADD COLUMN events       text[] NOT NULL DEFAULT '{}',
    ADD COLUMN venues       text[] NOT NULL DEFAULT '{}',
    ADD COLUMN expires_at   timestamptz,
    ADD COLUMN networks     cidr[] NOT NULL DEFAULT '{}',
    ADD COLUMN last_used_at timestamptz,
    ADD COLUMN created_by   text NOT NULL DEFAULT '',
    ADD COLUMN rotated_from text;
