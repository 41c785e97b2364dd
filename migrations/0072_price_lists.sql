-- expand
-- in a transaction
-- locks: sale (share row exclusive)
-- locks: orders (access exclusive)
--
-- Price lists of a sale, numbered. The first is the sale's own `prices`, which never change any more; each change is a list
-- of its own, and a cart pays by the list that was the newest when it was opened.

CREATE TABLE price_list (
    sale_id        text NOT NULL REFERENCES sale ON DELETE CASCADE,
    number         integer NOT NULL CHECK (number > 1),
    valid_from_ms  bigint NOT NULL CHECK (valid_from_ms > 0),
    prices         jsonb NOT NULL,
    made_at        timestamptz NOT NULL DEFAULT now(),
    made_by        text NOT NULL,
    PRIMARY KEY (sale_id, number),
    CONSTRAINT price_list_begins_once UNIQUE (sale_id, valid_from_ms)
);
COMMENT ON TABLE price_list IS 'catalog: Prices of a sale that follow those it began with.';
CREATE VIEW sale_prices AS
SELECT id AS sale_id, 1 AS number, 0::bigint AS valid_from_ms, prices FROM sale
UNION ALL
SELECT sale_id, number, valid_from_ms, prices FROM price_list;
COMMENT ON VIEW sale_prices IS 'catalog: Every price list of a sale, the first one included.';

ALTER TABLE price_list ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON price_list TO aforo_office USING (
    (SELECT organizer_id FROM sale WHERE sale.id = price_list.sale_id) = current_setting('aforo.organizer', true));
GRANT SELECT, INSERT ON price_list TO aforo_office;

ALTER TABLE orders ADD COLUMN price_list integer;
