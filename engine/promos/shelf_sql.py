"""The SQL of stores, products, promos and their windows."""

INSERT_STORE = """
INSERT INTO store (id, organizer_id, name, address, zone, latitude, longitude) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
INSERT_PRODUCT = """
INSERT INTO product (id, organizer_id, store_id, name, description, picture, price, currency)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
INSERT_PROMO = """
INSERT INTO promo (id, organizer_id, product_id, name, price, stock, person_max, radius_m, segments, schedule, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
INSERT_WINDOW = """
INSERT INTO promo_window (promo_id, product_number, sale_id, opens_at, closes_at)
SELECT $1, number, $3, $4, $5 FROM product WHERE id = $2
"""
FIND_PRODUCT = """
SELECT p.price, p.currency, s.zone FROM product p JOIN store s ON s.id = p.store_id
WHERE p.id = $1 AND p.organizer_id = $2
"""
STORES = """
SELECT id, name, address, zone, latitude, longitude FROM store WHERE organizer_id = $1 AND id > $2 ORDER BY id LIMIT $3
"""
PRODUCTS = """
SELECT id, store_id, name, description, picture, price, currency FROM product
WHERE organizer_id = $1 AND store_id = $2 ORDER BY name, id
"""
OWNS_STORE = "SELECT EXISTS (SELECT FROM store WHERE organizer_id = $1 AND id = $2)"
LOCK_PROMO = """
SELECT id, product_id, state, schedule, stock FROM promo WHERE id = $1 AND organizer_id = $2 FOR UPDATE
"""
SET_STATE = "UPDATE promo SET state = $2 WHERE id = $1"
TAKE_BACK = """
UPDATE promo_window SET live = false, ended_at = now()
WHERE promo_id = $1 AND ended_at IS NULL AND activated_at IS NULL
"""
END_RUNNING = "UPDATE promo_window SET ended_at = now() WHERE promo_id = $1 AND ended_at IS NULL"
PREPARED_SALES = "SELECT sale_id FROM promo_window WHERE promo_id = $1 AND prepared_at IS NOT NULL AND ended_at IS NULL"
PROMOS = """
SELECT m.id, m.name, m.price, m.stock, m.person_max, m.radius_m, m.state, p.name AS product, p.price AS regular,
       p.currency, s.name AS store, m.segments,
       ARRAY(SELECT g.name FROM named_segment g WHERE g.id = ANY (m.segments) ORDER BY g.name) AS segment_names
FROM promo m JOIN product p ON p.id = m.product_id JOIN store s ON s.id = p.store_id
WHERE m.organizer_id = $1 AND m.id > $2 AND ($4::text IS NULL OR m.id = $4) ORDER BY m.id LIMIT $3
"""
WINDOWS = """
SELECT promo_id, number, sale_id, opens_at, closes_at, activated_at, ended_at FROM promo_window
WHERE promo_id = ANY ($1::text[]) AND live ORDER BY opens_at
"""

# ── what the worker does ──

WINDOWS_NEAR = """
SELECT EXISTS (SELECT FROM promo_window
               WHERE live AND ended_at IS NULL AND opens_at < now() + make_interval(secs => $1))
"""
TO_PREPARE = """
SELECT w.number, w.sale_id, w.opens_at, w.closes_at, m.id AS promo_id, m.organizer_id, m.price, m.stock, m.person_max,
       m.state, p.currency, p.name AS product
FROM promo_window w JOIN promo m ON m.id = w.promo_id JOIN product p ON p.id = m.product_id
WHERE w.live AND w.prepared_at IS NULL AND w.ended_at IS NULL AND w.closes_at > now()
  AND w.opens_at < now() + make_interval(secs => $1) AND m.state IN ('scheduled', 'paused')
ORDER BY w.opens_at LIMIT $2
"""
NAME_WINDOW_SALE = "UPDATE promo_window SET sale_id = $2 WHERE number = $1 AND prepared_at IS NULL"
PREPARED = "UPDATE promo_window SET prepared_at = now() WHERE number = $1"
TO_ACTIVATE = """
SELECT w.number, w.sale_id, m.organizer_id, m.radius_m, s.latitude, s.longitude,
       ARRAY(SELECT g.number FROM named_segment g WHERE g.id = ANY (m.segments) ORDER BY g.number) AS segments
FROM promo_window w JOIN promo m ON m.id = w.promo_id JOIN product p ON p.id = m.product_id
     JOIN store s ON s.id = p.store_id
WHERE w.live AND w.ended_at IS NULL AND w.claimed_at IS NULL AND w.prepared_at IS NOT NULL
  AND w.opens_at <= now() AND w.closes_at > now() AND m.state = 'scheduled'
ORDER BY w.opens_at, w.number LIMIT $1
"""
# Once, whoever comes first; a worker that takes over goes on with the same instant.
ACTIVATED = """
UPDATE promo_window SET activated_at = coalesce(activated_at, now()) WHERE number = $1 RETURNING activated_at
"""
CLAIMED_ALL = "UPDATE promo_window SET claimed_at = now() WHERE number = $1 AND claimed_at IS NULL"
NOTIFIED = "SELECT coalesce(sum(cardinality(numbers)), 0)::bigint FROM notice_batch WHERE window_n = $1"
TO_END = """
UPDATE promo_window SET ended_at = now() WHERE live AND ended_at IS NULL AND closes_at <= now()
RETURNING number, sale_id, promo_id
"""
END_PROMOS = """
UPDATE promo m SET state = 'ended' WHERE m.id = ANY ($1::text[]) AND m.state <> 'ended'
  AND NOT EXISTS (SELECT FROM promo_window w WHERE w.promo_id = m.id AND w.live AND w.ended_at IS NULL)
"""
OFFERED = """
SELECT w.number AS window, m.id AS promo, w.sale_id AS sale, m.name, p.name AS product, p.description, p.picture,
       m.price, p.price AS regular, p.currency, m.person_max, m.stock, m.radius_m,
       ARRAY(SELECT g.number FROM named_segment g WHERE g.id = ANY (m.segments) ORDER BY g.number) AS segments,
       w.opens_at, w.closes_at, m.state = 'paused' AS paused,
       s.id AS store_id, s.name AS store_name, s.address, s.zone, s.latitude, s.longitude
FROM promo_window w JOIN promo m ON m.id = w.promo_id JOIN product p ON p.id = m.product_id
     JOIN store s ON s.id = p.store_id
WHERE w.live AND w.ended_at IS NULL AND w.prepared_at IS NOT NULL AND w.opens_at <= now() AND w.closes_at > now()
  AND m.state IN ('scheduled', 'paused')
ORDER BY w.number
"""

SOLD_IN = """
SELECT w.sale_id, p.name AS product, p.description, p.picture, w.closes_at, s.id AS store_id, s.name AS store_name,
       s.address, s.zone, s.latitude, s.longitude
FROM promo_window w JOIN product p ON p.number = w.product_number JOIN store s ON s.id = p.store_id
WHERE w.sale_id = ANY ($1::text[])
"""

# What Postgres knows of a window whose sale is not in Redis.
BOUGHT = """
SELECT coalesce(sum(p.capacity - p.sold), 0)::bigint AS left, coalesce(sum(p.sold), 0)::bigint AS bought,
       (SELECT coalesce(sum(t.captured), 0)::bigint FROM order_takings t WHERE t.sale_id = $1) AS revenue
FROM pool_stock p WHERE p.sale_id = $1
"""
