-- expand
-- in a transaction
-- locks: pool (row exclusive)
--
-- Orders count what they sell of a pool by a function that the catalog publishes. Functions have owners too.

CREATE FUNCTION pool_count_sold(of_sale text, pools text[], units integer[]) RETURNS void LANGUAGE sql AS $$
    UPDATE pool SET sold = sold + t.units FROM unnest($2, $3) AS t (id, units)
    WHERE pool.sale_id = $1 AND pool.id = t.id
$$;
COMMENT ON FUNCTION pool_count_sold IS 'catalog: Counts units of pools as sold, or as given back where they are negative.';
COMMENT ON FUNCTION sale_counts_steering IS 'catalog: Counts changes of a sale''s times and switches.';
COMMENT ON FUNCTION audit_stays IS 'audit: Refuses to change or delete what was written.';
