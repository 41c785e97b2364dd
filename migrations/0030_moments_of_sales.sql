-- expand
-- in a transaction
-- locks: nothing
--
-- When what a sale sells takes place: buyers see their orders by it, what comes next first.

CREATE VIEW sale_moment AS
SELECT s.id, coalesce(e.starts_at, s.opens_at) AS starts_at,
       coalesce(e.ends_at, e.starts_at + interval '3 hours', s.closes_at + interval '1 day') AS over_at
FROM sale s LEFT JOIN event e ON e.id = s.event_id;
COMMENT ON VIEW sale_moment IS 'catalog: When what a sale sells takes place, and when it is over.';
