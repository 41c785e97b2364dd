-- expand
-- in a transaction
-- locks: ledger_movement (row exclusive)
--
-- What was paid with credit is looked for only where there is some, and the plan is made once for each connection.

CREATE OR REPLACE FUNCTION ledger_capture(of_sale text, of_orders text[]) RETURNS void LANGUAGE sql
SET plan_cache_mode = force_generic_plan AS $$
    INSERT INTO ledger_movement (sale_id, order_id, nth, kind, currency, accounts, amounts)
    SELECT moved.sale_id, moved.id, 0, 'capture', moved.currency, moved.accounts, moved.amounts FROM (
        SELECT o.sale_id, o.id, o.currency,
            CASE WHEN o.total <> o.credit THEN ARRAY['clearing'] END
                || CASE WHEN o.credit > 0 THEN (
                    SELECT array_agg(DISTINCT c.kind ORDER BY c.kind) FROM order_credit c
                    WHERE c.sale_id = o.sale_id AND c.order_id = o.id
                ) END || lines.accounts
                || CASE WHEN lines.discount <> 0 THEN ARRAY['discount'] END
                || CASE WHEN fees.fee <> 0 THEN ARRAY['fee'] END
                || CASE WHEN lines.tax + fees.tax <> 0 THEN ARRAY['tax'] END AS accounts,
            CASE WHEN o.total <> o.credit THEN ARRAY[o.total - o.credit] END
                || CASE WHEN o.credit > 0 THEN (
                    SELECT array_agg(k.amount ORDER BY k.kind) FROM (
                        SELECT c.kind, sum(c.amount)::bigint AS amount FROM order_credit c
                        WHERE c.sale_id = o.sale_id AND c.order_id = o.id GROUP BY c.kind
                    ) AS k
                ) END || lines.amounts
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
