-- expand
-- in a transaction
-- locks: organizer (share row exclusive)
--
-- Until when, and how, buyers give tickets back by themselves.

CREATE TABLE own_refund_rule (
    organizer_id  text PRIMARY KEY REFERENCES organizer,
    hours         smallint NOT NULL CHECK (hours >= 0),
    fees          boolean NOT NULL,
    give_as       text NOT NULL CHECK (give_as IN ('origin', 'credit', 'voucher'))
);
COMMENT ON TABLE own_refund_rule IS 'orders: Until when, and how, buyers give tickets back by themselves; none where they do not.';
GRANT SELECT, INSERT, UPDATE, DELETE ON own_refund_rule TO aforo_office;
ALTER TABLE own_refund_rule ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON own_refund_rule TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
