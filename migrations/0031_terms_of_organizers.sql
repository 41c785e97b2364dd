-- expand
-- in a transaction
-- locks: organizer, orders (access exclusive)
--
-- Organizers say what their buyers agree to, and when the key of an order is chosen; orders keep which version was accepted.

ALTER TABLE organizer ADD COLUMN order_key text NOT NULL DEFAULT 'required';
ALTER TABLE organizer ADD CONSTRAINT organizer_order_key_is_known
    CHECK (order_key IN ('required', 'before_download')) NOT VALID;

CREATE TABLE organizer_terms (
    organizer_id  text NOT NULL REFERENCES organizer,
    version       integer NOT NULL CHECK (version > 0),
    text          text NOT NULL DEFAULT '',
    url           text NOT NULL DEFAULT '',
    refund_rule   text NOT NULL DEFAULT '',
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

ALTER TABLE orders ADD COLUMN terms_version integer;
