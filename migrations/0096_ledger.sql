-- expand
-- in a transaction
-- locks: orders (share row exclusive)
--
-- The ledger: what was captured for each order, in entries that add up to nothing.

CREATE FUNCTION ledger_balances(amounts bigint[]) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN (SELECT sum(each) FROM unnest(amounts) AS each) = 0;
COMMENT ON FUNCTION ledger_balances IS 'orders: Whether the entries of a movement add up to nothing.';
CREATE TABLE ledger_movement (
    sale_id   text NOT NULL,
    order_id  text NOT NULL,
    nth       smallint NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('capture')),
    currency  text NOT NULL,
    accounts  text[] NOT NULL,
    amounts   bigint[] NOT NULL,
    at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sale_id, order_id, nth),
    CONSTRAINT movement_has_an_order FOREIGN KEY (sale_id, order_id) REFERENCES orders,
    CONSTRAINT movement_has_an_amount_for_each_account CHECK (cardinality(accounts) = cardinality(amounts)),
    CONSTRAINT movement_balances CHECK (ledger_balances(amounts))
);
COMMENT ON TABLE ledger_movement IS 'orders: The ledger: money that moved, entries that add up to nothing.';
-- What these orders of a sale captured: what their buyers paid, from what it came, and of it what is tax. What was given
-- away moves nothing. Once for each order.
CREATE FUNCTION ledger_capture(of_sale text, of_orders text[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO ledger_movement (sale_id, order_id, nth, kind, currency, accounts, amounts)
    SELECT moved.sale_id, moved.id, 0, 'capture', moved.currency, moved.accounts, moved.amounts FROM (
        SELECT o.sale_id, o.id, o.currency,
            CASE WHEN o.total <> 0 THEN ARRAY['clearing'] END || lines.accounts
                || CASE WHEN lines.discount <> 0 THEN ARRAY['discount'] END
                || CASE WHEN fees.fee <> 0 THEN ARRAY['fee'] END
                || CASE WHEN lines.tax + fees.tax <> 0 THEN ARRAY['tax'] END AS accounts,
            CASE WHEN o.total <> 0 THEN ARRAY[o.total] END || lines.amounts
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
