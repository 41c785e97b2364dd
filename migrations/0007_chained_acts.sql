-- expand
-- in a transaction
-- locks: audit (access exclusive)
--
-- Acts say more of who and what, and get places in chains beside them. Those from before have the transaction 0, so that
-- they are linked first, in the order of their ids. The last thing that is ever changed in them is what their actors were.

ALTER TABLE audit
    ADD COLUMN actor_kind text NOT NULL DEFAULT 'operator',
    ADD COLUMN before jsonb,
    ADD COLUMN after jsonb,
    ADD COLUMN request text NOT NULL DEFAULT '',
    ADD COLUMN network cidr,
    ADD COLUMN xid xid8 NOT NULL DEFAULT '0',
    ADD CONSTRAINT audit_actor_kind_is_known CHECK (actor_kind IN ('key', 'operator', 'itself', 'stranger')) NOT VALID,
    ADD CONSTRAINT audit_keeps_no_address CHECK (masklen(network) <= CASE family(network) WHEN 4 THEN 24 ELSE 48 END)
        NOT VALID;
ALTER TABLE audit ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
UPDATE audit SET actor_kind = CASE WHEN actor LIKE 'ak\_%' THEN 'key' ELSE 'itself' END
    WHERE actor LIKE 'ak\_%' OR actor = 'worker';

CREATE TABLE audit_link (
    chain      text NOT NULL,
    number     bigint NOT NULL CHECK (number > 0),
    audit_id   bigint NOT NULL,
    hash       bytea NOT NULL,
    linked_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (chain, number),
    CONSTRAINT audit_link_has_row FOREIGN KEY (audit_id) REFERENCES audit,
    CONSTRAINT audit_is_linked_once UNIQUE (audit_id)
);
COMMENT ON TABLE audit_link IS 'audit: Links of the chains of acts.';

CREATE TABLE audit_horizon (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    before    xid8 NOT NULL DEFAULT '0'
);
COMMENT ON TABLE audit_horizon IS 'audit: How far acts are linked.';
INSERT INTO audit_horizon DEFAULT VALUES;

CREATE TABLE audit_head (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    chain       text NOT NULL,
    number      bigint NOT NULL,
    hash        bytea NOT NULL,
    signed_at   timestamptz NOT NULL,
    public_key  bytea NOT NULL,
    signature   bytea NOT NULL,
    PRIMARY KEY (chain, number),
    CONSTRAINT audit_head_is_told_once UNIQUE (id)
);
COMMENT ON TABLE audit_head IS 'audit: Signed ends of chains.';

CREATE TABLE audit_tally (
    minute   timestamptz NOT NULL,
    act      text NOT NULL,
    network  cidr,
    subject  text NOT NULL,
    times    bigint NOT NULL CHECK (times > 0),
    CONSTRAINT audit_tally_counts_once UNIQUE NULLS NOT DISTINCT (minute, act, network)
);
COMMENT ON TABLE audit_tally IS 'audit: Refusals of the running minute, by network.';

CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is insert-only: what was written stays as it is', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit EXECUTE FUNCTION audit_stays();
CREATE TRIGGER audit_link_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_link EXECUTE FUNCTION audit_stays();
CREATE TRIGGER audit_head_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_head EXECUTE FUNCTION audit_stays();
