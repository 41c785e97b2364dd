-- expand
-- in a transaction
-- locks: organizer, sale, orders (share row exclusive)
--
-- Named links by which buyers come to an organizer's pages, and by which of them those came who placed an order.

CREATE TABLE tracked_link (
    id            text PRIMARY KEY,
    organizer_id  text NOT NULL REFERENCES organizer,
    name          text NOT NULL,
    label         text NOT NULL,
    sale_id       text REFERENCES sale,
    visits        bigint NOT NULL DEFAULT 0 CHECK (visits >= 0),
    made_at       timestamptz NOT NULL DEFAULT now(),
    archived_at   timestamptz,
    CONSTRAINT link_name_is_used_once UNIQUE (organizer_id, name),
    CONSTRAINT link_name_is_a_word CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,31}$')
);
COMMENT ON TABLE tracked_link IS 'links: Named links by which buyers come.';
CREATE VIEW named_link WITH (security_invoker = true) AS SELECT id, organizer_id, name FROM tracked_link;
COMMENT ON VIEW named_link IS 'links: What each link is called, for those who keep its id.';
GRANT SELECT, INSERT ON tracked_link TO aforo_office;
GRANT UPDATE (label, sale_id, archived_at) ON tracked_link TO aforo_office;
GRANT SELECT ON named_link TO aforo_office;
ALTER TABLE tracked_link ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON tracked_link TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));

CREATE TABLE order_source (
    sale_id     text NOT NULL,
    order_id    text NOT NULL,
    first_link  text NOT NULL REFERENCES tracked_link,
    last_link   text NOT NULL REFERENCES tracked_link,
    PRIMARY KEY (sale_id, order_id),
    CONSTRAINT source_has_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders
);
COMMENT ON TABLE order_source IS 'orders: By which links the buyer of an order came first and last.';
CREATE INDEX order_source_by_first ON order_source (first_link);
CREATE INDEX order_source_by_last ON order_source (last_link);
